namespace Mesh.Policy.Outcomes;

/// <summary>Whom a reason speaks against: what it tells an endpoint's breaker.</summary>
public enum Blame
{
    /// <summary>Nobody.</summary>
    Nobody,

    /// <summary>The caller: no endpoint is asked about it.</summary>
    Caller,

    /// <summary>The mesh or its configuration: no endpoint is asked about it.</summary>
    Mesh,

    /// <summary>The endpoint, whichever side noticed: it can have no other cause.</summary>
    Endpoint,

    /// <summary>The endpoint if it brought the outcome about (<see cref="OutcomeSource.Upstream"/>), otherwise nobody.</summary>
    EndpointIfSource,

    /// <summary>As the code of its answer has it, and the policy of the breaker (<see cref="Breaking.EndpointFault"/>).</summary>
    ByCode,
}
