using Mesh.Wire.Streams;

namespace Mesh.Bench.Load.Cases;

/// <summary>A load that every proxy carries in turn.</summary>
internal sealed record LoadCase
{
    public required string Name { get; init; }

    /// <summary>For the report.</summary>
    public required string About { get; init; }

    /// <summary>HTTP/2 carries gRPC, HTTP/1.1 plain requests.</summary>
    public Protocol Protocol { get; init; } = Protocol.Http2;

    /// <summary>Through two proxies of a kind, one after the other.</summary>
    public bool IsPair { get; init; }

    /// <summary>Of two in a row, the way between them goes by mutual TLS.</summary>
    public bool HasTls { get; init; }

    /// <summary>How the proxies stand.</summary>
    public Setup Setup => new(Protocol, IsPair, HasTls);

    public required int Connections { get; init; }

    /// <summary>Calls under way at once on each connection.</summary>
    public required int Streams { get; init; }

    /// <summary>Calls go to the connections in turn, one at a time over all of them, so that nothing can be batched.</summary>
    public bool OneAtATime { get; init; }

    /// <summary>Of the request's body, which in gRPC is a message with its prefix, in bytes. 0: a GET.</summary>
    public int Body { get; init; } = 100;

    /// <summary>Of the answer's body over HTTP/1.1, in bytes; gRPC's is that of the request.</summary>
    public int Answer { get; init; } = 100;

    /// <summary>How many different paths the calls go to, in turn.</summary>
    public int Paths { get; init; } = 1;

    /// <summary>How many different sets of 20 further headers the calls carry, in turn; 0: no further headers.</summary>
    public int HeaderSets { get; init; }

    /// <summary>Whether each call is answered with 1,000 messages of 100 bytes instead of its own message.</summary>
    public bool IsStream { get; init; }

    /// <summary>Calls offered per second, whether or not earlier ones are answered; 0: a call begins when another ends.</summary>
    public int Rate { get; init; }

    /// <summary>Whether the latency of each call is taken. A closed loop of many calls only says again how many it carries.</summary>
    public bool HasLatency { get; init; }
}
