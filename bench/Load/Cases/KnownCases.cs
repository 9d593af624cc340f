namespace Mesh.Bench.Load.Cases;

/// <summary>The cases there are.</summary>
internal static class KnownCases
{
    public static IReadOnlyList<LoadCase> All { get; } =
    [
        new()
        {
            Name = "1x1", Connections = 1, Streams = 1, HasLatency = true,
            About = "one connection, one call at a time, 100 bytes both ways: nothing can be batched",
        },
        new()
        {
            Name = "50x1", Connections = 50, Streams = 1,
            About = "50 connections, one call at a time on each, 100 bytes both ways: the fairest picture of a sidecar",
        },
        new()
        {
            Name = "10x10", Connections = 10, Streams = 10,
            About = "10 connections with 10 calls at a time, 100 bytes both ways",
        },
        new()
        {
            Name = "10x10-10k", Connections = 10, Streams = 10, Body = 10 * 1024,
            About = "the same with 10 KiB both ways",
        },
        new()
        {
            Name = "500paths", Connections = 10, Streams = 10, Paths = 500,
            About = "10x10 over 500 different paths, which no compression table holds at once",
        },
        new()
        {
            Name = "50x20headers", Connections = 10, Streams = 10, HeaderSets = 50,
            About = "10x10 with 50 different sets of 20 further headers",
        },
        new()
        {
            Name = "stream-1000x100", Connections = 10, Streams = 1, IsStream = true,
            About = "10 server streams at a time, each of 1,000 messages of 100 bytes; a request is a whole stream",
        },
        new()
        {
            Name = "64k", Connections = 10, Streams = 1, Body = 64 * 1024,
            About = "10 connections, one call at a time on each, 64 KiB both ways",
        },
        new()
        {
            Name = "rate-5000", Connections = 10, Streams = 0, Rate = 5_000, HasLatency = true,
            About = "5,000 calls a second offered over 10 connections, whether or not earlier ones are answered",
        },
    ];
}
