namespace Mesh.Bench.Load.Cases;

/// <summary>What is measured beside the cases.</summary>
internal sealed record Extra(string Name, bool HasPeers, string About)
{
    public static readonly Extra Start = new("start", true, "start to first answer, and memory idle and under 10x10 load, of fresh processes");
    public static readonly Extra Idle = new("idle-connections", true, "memory of 10,000 connections that have made a call and are idle");
    public static readonly Extra Allocations = new("allocations", false, "managed memory allocated, and locks waited for, over 100,000 calls");
    public static readonly Extra ScaleConnections = new("scale-connections", false, "1, 10, 100, 1,000 connections, one call at a time on each in turn, so that nothing is batched");
    public static readonly Extra ScaleEndpoints = new("scale-endpoints", false, "1, 100, 10,000 endpoints of a service, one call at a time");
    public static readonly Extra ScaleServices = new("scale-services", false, "1, 1,000, 10,000 services in the snapshot, under 10x10");
    public static readonly Extra ScaleCores = new("scale-cores", false, "one event loop with 10,000 calls a second offered over 10 connections, and two with twice as much; never pinned");

    public static IReadOnlyList<Extra> All { get; } = [Start, Idle, Allocations, ScaleConnections, ScaleEndpoints, ScaleServices, ScaleCores];
}
