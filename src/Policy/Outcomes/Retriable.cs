namespace Mesh.Policy.Outcomes;

/// <summary>Whether an attempt that ended for a reason may be followed by another.</summary>
public enum Retriable
{
    /// <summary>Never: it would end the same way, or there is nothing to try again.</summary>
    Never,

    /// <summary>If the policy names its code, and the method.</summary>
    ByPolicy,

    /// <summary>At once and elsewhere, whatever the policy: it provably was not processed.</summary>
    AtOnce,
}
