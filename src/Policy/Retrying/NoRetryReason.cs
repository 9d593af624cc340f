namespace Mesh.Policy.Retrying;

/// <summary>Why there is no further attempt.</summary>
public enum NoRetryReason
{
    /// <summary>There is one.</summary>
    None,

    /// <summary>The outcome is none to retry, or the policy does not name it or the method.</summary>
    NotRetriable,

    /// <summary>As many attempts were made as may be.</summary>
    AttemptsExhausted,

    /// <summary>The service's retry budget is used up.</summary>
    BudgetExhausted,

    /// <summary>The caller has sent more than is kept for a replay.</summary>
    NotReplayable,

    /// <summary>A part of the answer was passed on already.</summary>
    Committed,

    /// <summary>The deadline passes before the next attempt would begin.</summary>
    DeadlineTooClose,

    /// <summary>The server asks not to be called again (grpc-retry-pushback-ms below 0).</summary>
    PushedBack,

    /// <summary>The call is itself another attempt, of its caller's or of whose call it is made for.</summary>
    Repeat,
}
