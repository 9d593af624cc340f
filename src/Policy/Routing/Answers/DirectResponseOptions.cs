using Mesh.Policy.Faults;

namespace Mesh.Policy.Routing.Answers;

/// <summary>What calls are answered that reach nobody.</summary>
public sealed record DirectResponseOptions
{
    /// <summary>In both protocols; default HTTP's 200, which is UNKNOWN in gRPC.</summary>
    public FaultStatus Status { get; init; } = FaultStatus.OfHttp(200);

    /// <summary>Of an answer in HTTP, up to 4 KiB in UTF-8; default none.</summary>
    public string Body { get; init; } = "";

    /// <summary>Of the body.</summary>
    public string ContentType { get; init; } = "text/plain; charset=utf-8";

    /// <summary>Of an answer in gRPC; default null, that the route answers itself.</summary>
    public string? Message { get; init; }
}
