using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Retrying;

/// <summary>What a decision to retry depends on, besides options and budget.</summary>
/// <param name="Outcome">How the attempt ended.</param>
/// <param name="Attempts">Attempts made, this one included.</param>
/// <param name="NotProcessedAttempts">How many of them provably were not processed, this one included if it was not.</param>
/// <param name="Committed">Whether a part of the answer was passed on.</param>
/// <param name="Replayable">Whether everything sent so far is still there to be sent again.</param>
/// <param name="MethodRetriable"><see cref="RetryOptions.Methods"/> has the method.</param>
/// <param name="Deadline">The call's, in ticks; <see cref="long.MaxValue"/> none.</param>
/// <param name="PushbackMs">grpc-retry-pushback-ms: the pause the server asks for; negative: no retry; null: not given.</param>
/// <param name="Endpoints">How many endpoints the cluster has, if known: bounds the attempts not processed.</param>
/// <param name="IsRepeat">It is itself another attempt of somebody's before us, who decides on the next.</param>
public readonly record struct RetryInput(
    Outcome Outcome,
    int Attempts,
    int NotProcessedAttempts,
    bool Committed,
    bool Replayable,
    bool MethodRetriable,
    long Deadline = long.MaxValue,
    int? PushbackMs = null,
    int Endpoints = int.MaxValue,
    bool IsRepeat = false);
