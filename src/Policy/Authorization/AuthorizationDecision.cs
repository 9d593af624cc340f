using Mesh.Policy.Calls;

namespace Mesh.Policy.Authorization;

/// <summary>
/// Whether a call is let in: refused if one of those rules takes it that deny, else let in if one takes it that allow, else let in only where
/// none allow at all and it is not closed. Immutable, any thread; allocates nothing.
/// </summary>
public sealed class AuthorizationDecision
{
    private readonly CompiledRule[] _allow;
    private readonly CompiledRule[] _deny;

    /// <summary>Compiles what was configured.</summary>
    public AuthorizationDecision(AuthorizationOptions options)
    {
        Options = options;
        _allow = [.. options.Allow.Select(rule => new CompiledRule(rule, denies: false))];
        _deny = [.. options.Deny.Select(rule => new CompiledRule(rule, denies: true))];
    }

    /// <summary>What was configured.</summary>
    public AuthorizationOptions Options { get; }

    /// <summary>Decides.</summary>
    public AuthorizationVerdict Decide(CallFacts call)
    {
        Span<byte> room = stackalloc byte[CanonicalPath.Longest];
        var path = PathForms.Of(call.Path, room);
        foreach (var rule in _deny)
        {
            if (rule.FirstMissing(call, path) == AuthorizationCondition.None)
            {
                return new AuthorizationVerdict(IsAllowed: false, rule.Name);
            }
        }

        string? nearest = null;
        var missing = AuthorizationCondition.None;
        foreach (var rule in _allow)
        {
            var condition = rule.FirstMissing(call, path);
            if (condition == AuthorizationCondition.None)
            {
                return new AuthorizationVerdict(IsAllowed: true, rule.Name);
            }

            if (condition > missing)
            {
                (nearest, missing) = (rule.Name, condition);
            }
        }

        return new AuthorizationVerdict(_allow.Length == 0 && !Options.IsClosed, nearest, missing);
    }
}
