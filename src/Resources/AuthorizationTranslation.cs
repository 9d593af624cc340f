using System.Collections.Immutable;
using System.Globalization;
using Mesh.Policy.Authorization;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>Who is let in, as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class AuthorizationTranslation
{
    public static AuthorizationOptions ToAuthorization(Authorization? authorization) => authorization is null ? AuthorizationOptions.None : new()
    {
        Name = authorization.Name.Length > 0 ? authorization.Name : AuthorizationOptions.None.Name,
        Allow = ToRules(authorization.Allow, "allow"),
        Deny = ToRules(authorization.Deny, "deny"),
        IsDryRun = authorization.DryRun,
    };

    private static ImmutableArray<AuthorizationRuleOptions> ToRules(IEnumerable<AuthorizationRule> rules, string kind) =>
        [.. rules.Select((rule, index) => new AuthorizationRuleOptions
        {
            Name = rule.Name.Length > 0 ? rule.Name : string.Create(CultureInfo.InvariantCulture, $"{kind}-{index + 1}"),
            Identities = [.. rule.Identities],
            Methods = [.. rule.Methods],
            Paths = [.. rule.Paths],
            Headers = [.. rule.Headers.Select(MatchTranslation.ToHeader)],
        })];
}
