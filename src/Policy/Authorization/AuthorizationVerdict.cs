namespace Mesh.Policy.Authorization;

/// <summary>What was decided of a call, and by what.</summary>
/// <param name="IsAllowed">Whether it is let in.</param>
/// <param name="Rule">The rule that took it; of one that none took, the one that came nearest; null if there is none.</param>
/// <param name="Missing">What of that did not match; <see cref="AuthorizationCondition.None"/> if it took it.</param>
public readonly record struct AuthorizationVerdict(bool IsAllowed, string? Rule, AuthorizationCondition Missing = AuthorizationCondition.None);

/// <summary>A condition of a rule, in the order in which they are looked at.</summary>
public enum AuthorizationCondition
{
    /// <summary>All match.</summary>
    None,

    /// <summary>Who calls.</summary>
    Identity,

    /// <summary>HTTP's method.</summary>
    Method,

    /// <summary>The path.</summary>
    Path,

    /// <summary>A header.</summary>
    Header,
}
