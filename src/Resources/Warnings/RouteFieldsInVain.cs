using Mesh.Resources.Validation;
using Mesh.V1;

namespace Mesh.Resources.Warnings;

/// <summary>Fields of a route that another one of it leaves without effect.</summary>
internal static class RouteFieldsInVain
{
    public static void Find(Findings findings, string path, Route route)
    {
        RetryFieldsInVain.Find(findings, path + ".retry", route.Retry);
        if (route.AnswerCase == Route.AnswerOneofCase.None)
        {
            return;
        }

        var answer = route.AnswerCase == Route.AnswerOneofCase.Redirect ? "redirect" : "direct_response";
        foreach (var (field, isGiven) in OfCallsThatGoSomewhere(route))
        {
            if (isGiven)
            {
                findings.Add($"{path}.{field}", $"has no effect because of {answer}: its calls reach nobody");
            }
        }
    }

    private static (string Field, bool IsGiven)[] OfCallsThatGoSomewhere(Route route) =>
    [
        ("service", route.Service.Length > 0),
        ("subset", route.Subset is not null),
        ("fallbacks", route.Fallbacks.Count > 0),
        ("backends", route.Backends.Count > 0),
        ("hash_on", route.HashOn.Count > 0),
        ("timeouts", route.Timeouts is not null),
        ("retry", route.Retry is not null),
        ("hedging", route.Hedging is not null),
        ("mirror", route.Mirror is not null),
        ("rewrite.path", route.Rewrite is { HasPath: true }),
        ("rewrite.prefix", route.Rewrite is { HasPrefix: true }),
        ("rewrite.substitution", route.Rewrite is { HasSubstitution: true }),
        ("rewrite.host", route.Rewrite is { Host.Length: > 0 }),
        ("rewrite.request_headers", route.Rewrite is { RequestHeaders: not null }),
    ];
}
