using System.Text;
using Mesh.Policy.Calls;

namespace Mesh.Policy.Authorization;

/// <summary>A rule's conditions as bytes. What is unclear about a call is held against it: a rule that denies takes it, and one that allows does not. Immutable.</summary>
internal sealed class CompiledRule(AuthorizationRuleOptions options, bool denies)
{
    private readonly IdentityPattern[] _identities = [.. options.Identities.Select(pattern => new IdentityPattern(pattern))];
    private readonly byte[][] _methods = [.. options.Methods.Select(Encoding.ASCII.GetBytes)];
    private readonly TextPattern[] _paths = [.. options.Paths.Select(pattern => new TextPattern(pattern))];
    private readonly CompiledHeader[] _headers = [.. options.Headers.Select(header => new CompiledHeader(header, denies))];

    public string Name => options.Name;

    public AuthorizationCondition FirstMissing(CallFacts call, PathForms path) =>
        !HasIdentity(call.Identity) ? AuthorizationCondition.Identity
        : !HasMethod(call.Method) ? AuthorizationCondition.Method
        : _paths.Length > 0 && !path.Matches(_paths, denies) ? AuthorizationCondition.Path
        : !HasHeaders(call) ? AuthorizationCondition.Header
        : AuthorizationCondition.None;

    private bool HasIdentity(string? identity)
    {
        foreach (var pattern in _identities)
        {
            if (identity is not null && pattern.Matches(identity))
            {
                return true;
            }
        }

        return _identities.Length == 0;
    }

    private bool HasMethod(ReadOnlySpan<byte> method)
    {
        foreach (var one in _methods)
        {
            if (method.SequenceEqual(one))
            {
                return true;
            }
        }

        return _methods.Length == 0;
    }

    private bool HasHeaders(CallFacts call)
    {
        foreach (var header in _headers)
        {
            if (!header.Matches(call))
            {
                return false;
            }
        }

        return true;
    }
}
