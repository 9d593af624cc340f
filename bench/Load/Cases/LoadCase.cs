namespace Mesh.Bench.Load.Cases;

/// <summary>A load that every proxy carries in turn.</summary>
internal sealed record LoadCase
{
    public required string Name { get; init; }

    /// <summary>For the report.</summary>
    public required string About { get; init; }

    public required int Connections { get; init; }

    /// <summary>Calls under way at once on each connection.</summary>
    public required int Streams { get; init; }

    /// <summary>Calls go to the connections in turn, one at a time over all of them, so that nothing can be batched.</summary>
    public bool OneAtATime { get; init; }

    /// <summary>Of the request's message, gRPC's prefix included, in bytes.</summary>
    public int Body { get; init; } = 100;

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
