using Mesh.Wire.Streams;

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
        new()
        {
            Name = "h1-1", Protocol = Protocol.Http1, Connections = 1, Streams = 1, Body = 0, HasLatency = true,
            About = "HTTP/1.1: one connection, one GET at a time, answered with 100 bytes",
        },
        new()
        {
            Name = "h1-50", Protocol = Protocol.Http1, Connections = 50, Streams = 1, Body = 0,
            About = "HTTP/1.1: 50 connections that are kept open, one GET at a time on each, answered with 100 bytes",
        },
        new()
        {
            Name = "h1-50-10k", Protocol = Protocol.Http1, Connections = 50, Streams = 1, Body = 0, Answer = 10 * 1024,
            About = "the same, answered with 10 KiB",
        },
        new()
        {
            Name = "h1-upload-1m", Protocol = Protocol.Http1, Connections = 10, Streams = 1, Body = 1024 * 1024,
            About = "HTTP/1.1: 10 connections, one POST of 1 MiB at a time on each, answered with 100 bytes",
        },
        new()
        {
            Name = "pair-1x1", IsPair = true, Connections = 1, Streams = 1, HasLatency = true,
            About = "1x1 through two in a row, as between two services: CPU of both together",
        },
        new()
        {
            Name = "pair-50x1", IsPair = true, Connections = 50, Streams = 1, HasLatency = true,
            About = "50x1 through two in a row; in a closed loop the latency is that of 50 calls that wait for each other",
        },
        new()
        {
            Name = "pair-10x10", IsPair = true, Connections = 10, Streams = 10,
            About = "10x10 through two in a row",
        },
        new()
        {
            Name = "pair-10x10-10k", IsPair = true, Connections = 10, Streams = 10, Body = 10 * 1024,
            About = "10x10-10k through two in a row",
        },
        new()
        {
            Name = "mtls-1x1", IsPair = true, HasTls = true, Connections = 1, Streams = 1, HasLatency = true,
            About = "pair-1x1 with mutual TLS between the two: TLS 1.3, certificates of P-256 on both sides",
        },
        new()
        {
            Name = "mtls-50x1", IsPair = true, HasTls = true, Connections = 50, Streams = 1,
            About = "pair-50x1 with mutual TLS between the two",
        },
        new()
        {
            Name = "mtls-10x10", IsPair = true, HasTls = true, Connections = 10, Streams = 10,
            About = "pair-10x10 with mutual TLS between the two",
        },
        new()
        {
            Name = "mtls-10x10-10k", IsPair = true, HasTls = true, Connections = 10, Streams = 10, Body = 10 * 1024,
            About = "pair-10x10-10k with mutual TLS between the two",
        },
        new()
        {
            Name = "pair-h1-1", IsPair = true, Protocol = Protocol.Http1, Connections = 1, Streams = 1, Body = 0, HasLatency = true,
            About = "h1-1 through two in a row",
        },
        new()
        {
            Name = "pair-h1-50", IsPair = true, Protocol = Protocol.Http1, Connections = 50, Streams = 1, Body = 0, HasLatency = true,
            About = "h1-50 through two in a row",
        },
    ];
}
