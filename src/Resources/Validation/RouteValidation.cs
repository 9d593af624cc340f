using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether routes have names of their own and does something.</summary>
internal static class RouteValidation
{
    private const int MaxName = 128;

    // Some 200 bytes each: more do not fit into what a service's configuration may have.
    private const int MaxRoutes = 10_000;

    // They are tried one after the other, and to make one takes milliseconds.
    private const int MaxPatterns = 50;

    public static void Check(Findings findings, string path, ServiceConfig config)
    {
        var names = new Dictionary<string, int>();
        var count = findings.Count(path, config.Routes.Count, MaxRoutes);
        if (config.Routes.Count(route => route.Match is { HasPathRegex: true }) is > MaxPatterns and var patterns)
        {
            findings.Add(path, $"{patterns} with a path_regex are too many; at most {MaxPatterns}");
            return;
        }

        for (var i = 0; i < count && !findings.IsFull; i++)
        {
            var route = config.Routes[i];
            var at = $"{path}[{i}]";
            var name = PolicyTranslation.NameOf(route, i);
            findings.Text(at + ".name", name, MaxName);
            if (!names.TryAdd(name, i))
            {
                findings.Add(at + ".name", $"{Names.Quote(name)} is the name of routes[{names[name]}] too; give each its own");
            }

            BackendValidation.Check(findings, at, route);
            AnswerValidation.Check(findings, at, route);
            ChangeValidation.Check(findings, at + ".rewrite", route.Rewrite, route.Match);
            MatchValidation.Check(findings, at + ".match", route.Match);

            TimeoutsValidation.Check(findings, at + ".timeouts", route.Timeouts, config.Timeouts ?? new Timeouts());
            RetryValidation.Check(findings, at + ".retry", route.Retry);
            RateLimitValidation.Check(findings, at + ".rate_limits", route.RateLimits);
            FaultValidation.Check(findings, at + ".fault", route.Fault);
            CompanionValidation.Check(findings, at + ".hedging", route.Hedging);
            CompanionValidation.Check(findings, at + ".mirror", route.Mirror);
        }
    }
}
