namespace Mesh.Policy.Outcomes;

/// <summary>
/// All that follows from why an attempt or a call ended, as one row of <see cref="Reasons"/>: what its caller is told, in both
/// protocols and for people, whom it speaks against, and whether it may be tried again.
/// </summary>
/// <param name="Value">Which it is.</param>
/// <param name="GrpcStatus">Of the mesh's own answer in gRPC; that of the endpoint where it has one.</param>
/// <param name="HttpStatus">Of the mesh's own answer in HTTP; 0 where there is none but an endpoint's.</param>
/// <param name="Flag">The letters that operators know from Envoy's access log ("response flags"); OM is ours.</param>
/// <param name="Blame">Whom it speaks against.</param>
/// <param name="Retriable">Whether it may be tried again.</param>
/// <param name="Messages">
/// What the caller is told, more than one where it depends on the call (the first is the usual one); empty where it is told nothing.
/// Words in braces are filled in: <c>{endpoint}</c>, <c>{attempts}</c> and so on.
/// </param>
public sealed record Reason(
    OutcomeReason Value,
    int GrpcStatus,
    int HttpStatus,
    string Flag,
    Blame Blame,
    Retriable Retriable,
    params string[] Messages);
