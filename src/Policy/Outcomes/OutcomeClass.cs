namespace Mesh.Policy.Outcomes;

/// <summary>How an attempt or a call ended, in one word.</summary>
public enum OutcomeClass
{
    /// <summary>gRPC status OK, or an HTTP status below 400.</summary>
    Success,

    /// <summary>Anything else that has a status or an error.</summary>
    Failure,

    /// <summary>The caller gave up.</summary>
    Cancelled,
}
