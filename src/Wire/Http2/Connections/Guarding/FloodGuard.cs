using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.Guarding;

/// <summary>
/// One connection's budgets for frames that cost us work and lead nowhere. An honest peer stays far below them; useful
/// work refills those that grow with it.
/// </summary>
internal sealed class FloodGuard(long now)
{
    public FloodBudget Reset = new(ProtocolViolation.RapidReset, burst: 1000, perSecond: 200, now);

    public FloodBudget ProvokedReset = new(ProtocolViolation.ProvokedReset, burst: 1000, perSecond: 100, now);

    public FloodBudget Settings = new(ProtocolViolation.SettingsFlood, burst: 100, perSecond: 10, now);

    public FloodBudget Ping = new(ProtocolViolation.PingFlood, burst: 1000, perSecond: 100, now);

    public FloodBudget EmptyFrame = new(ProtocolViolation.EmptyFrameFlood, burst: 1000, perSecond: 100, now);

    public FloodBudget Priority = new(ProtocolViolation.PriorityFlood, burst: 10_000, perSecond: 100, now);

    /// <summary>Some peers announce every message; each DATA frame we send gives them two.</summary>
    public FloodBudget WindowUpdate = new(ProtocolViolation.WindowUpdateFlood, burst: 10_000, perSecond: 1000, now);

    public FloodBudget Interim = FloodBudget.OfInterim(now);

    /// <summary>
    /// What leads nowhere but may honestly come: what was in flight when we gave up its stream, and extensions we do not
    /// know, of which some browsers send one a request.
    /// </summary>
    public FloodBudget StrayFrame = new(ProtocolViolation.StrayFrameFlood, burst: 10_000, perSecond: 1000, now);

    /// <summary>A stream ran to its end: the peer does not only open and reset.</summary>
    public void OnStreamCompleted() => Reset.Give(1);

    /// <summary>We have given up a stream: a head, its trailers and their like may be on their way.</summary>
    public void OnStreamGivenUp() => StrayFrame.Give(4);

    /// <summary>
    /// A DATA frame went out, for which credit may come back, and a PING by which its receiver measures the path: gRPC's
    /// clients send one for each round trip while data flows.
    /// </summary>
    public void OnDataSent()
    {
        WindowUpdate.Give(2);
        Ping.Give(1);
    }
}
