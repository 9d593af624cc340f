using System.Collections.Immutable;
using Mesh.Policy.Routing;

namespace Mesh.Policy.Authorization;

/// <summary>Which calls are let in. Immutable.</summary>
public sealed record AuthorizationOptions
{
    /// <summary>Everybody.</summary>
    public static readonly AuthorizationOptions None = new();

    /// <summary>As whoever is refused is told.</summary>
    public string Name { get; init; } = "authorization";

    /// <summary>A call that one of these takes is let in; where there are any, no other is.</summary>
    public ImmutableArray<AuthorizationRuleOptions> Allow { get; init; } = [];

    /// <summary>A call that one of these takes is refused, whatever allows it.</summary>
    public ImmutableArray<AuthorizationRuleOptions> Deny { get; init; } = [];

    /// <summary>Nobody is refused; it is counted and said who would be.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Nobody is let in whom no rule allows, also where there are none.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Whether there is nothing to decide.</summary>
    public bool IsEmpty => Allow.IsEmpty && Deny.IsEmpty && !IsClosed;
}

/// <summary>Some calls: those that meet each of the conditions that are given.</summary>
public sealed record AuthorizationRuleOptions
{
    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>Who calls: a service, the beginning of services' names with <c>*</c> behind it, <c>*</c> for everybody that has an identity, or a whole SPIFFE id. Empty: anybody.</summary>
    public ImmutableArray<string> Identities { get; init; } = [];

    /// <summary>HTTP's. Empty: all.</summary>
    public ImmutableArray<string> Methods { get; init; } = [];

    /// <summary>A path, or the beginning of paths with <c>*</c> behind it. Empty: all.</summary>
    public ImmutableArray<string> Paths { get; init; } = [];

    /// <summary>All of which must match.</summary>
    public ImmutableArray<HeaderMatchOptions> Headers { get; init; } = [];
}
