using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Resources.Gateway;

/// <summary>What a rule does with its calls, in our words.</summary>
internal static class GatewayRule
{
    /// <summary>A route without a match and a name; null if the rule cannot be said here.</summary>
    public static Route? Read(GatewayObject rule)
    {
        var route = new Route();
        var isUsable = true;
        foreach (var filter in rule.Objects("filters"))
        {
            isUsable &= Filter(filter, route);
        }

        var backends = rule.Objects("backendRefs").Select(Backend).OfType<RouteBackend>().ToList();
        ReadTimes(rule, route);
        rule.Lose("sessionPersistence", "is not carried over: balancing.hash_on with MAGLEV keeps callers at an instance, for all of a service");
        rule.Ignore("name", "matches");
        rule.LoseRest();
        if (route.Redirect is not null)
        {
            return route;
        }

        if (isUsable && backends.Count == 0)
        {
            rule.Lose("has no backend that carries over, and is left out");
        }

        if (!isUsable || backends.Count == 0)
        {
            return null;
        }

        if (backends.Count == 1)
        {
            route.Service = backends[0].Service;
        }
        else
        {
            route.Backends.Add(backends);
        }

        return route;
    }

    /// <returns>Whether the rest of the rule means something without it.</returns>
    private static bool Filter(GatewayObject filter, Route route)
    {
        switch (filter.Text("type"))
        {
            case "RequestMirror" when filter.Object("requestMirror") is { } mirror && mirror.Object("backendRef") is { } to && Backend(to) is { } backend:
                route.Mirror = new Mirror { Service = backend.Service };
                if (Percent(mirror) is { } percent)
                {
                    route.Mirror.Percent = percent;
                }

                mirror.LoseRest();
                return true;
            case "RequestRedirect" when filter.Object("requestRedirect") is { } redirect:
                route.Redirect = GatewayChange.Redirect(redirect);
                return true;
            case "RequestRedirect":
                filter.Lose("says nothing, and its rule is left out");
                return false;
            case "URLRewrite" when filter.Object("urlRewrite") is { } rewrite:
                GatewayChange.ReadRewrite(rewrite, route.Rewrite ??= new Rewrite());
                return true;
            case "RequestHeaderModifier":
                (route.Rewrite ??= new Rewrite()).RequestHeaders = GatewayChange.Headers(filter.Object("requestHeaderModifier"));
                return true;
            case "ResponseHeaderModifier":
                (route.Rewrite ??= new Rewrite()).ResponseHeaders = GatewayChange.Headers(filter.Object("responseHeaderModifier"));
                return true;
            case var type:
                filter.Lose($"the filter {type ?? "without a type"} is not carried over; the rule is, without it");
                return true;
        }
    }

    private static double? Percent(GatewayObject mirror)
    {
        if (mirror.Object("fraction") is { } fraction)
        {
            return 100 * Number(fraction.Text("numerator"), 0) / Math.Max(1, Number(fraction.Text("denominator"), 100));
        }

        return mirror.Text("percent") is { } percent ? Number(percent, 100) : null;
    }

    private static RouteBackend? Backend(GatewayObject reference)
    {
        var name = reference.Text("name");
        // Ours say themselves where they listen.
        reference.Ignore("port", "group");
        if (reference.Text("kind") is not (null or "Service"))
        {
            reference.Lose("kind", "is not carried over: our backends are services");
            return null;
        }

        reference.Lose("namespace", "is not carried over: services have no namespaces here, and go by their names");
        foreach (var filter in reference.Objects("filters"))
        {
            filter.Lose("is not carried over: our backends have no filters");
        }

        var backend = new RouteBackend { Service = name ?? "" };
        if (reference.Text("weight") is { } weight)
        {
            backend.Weight = (uint)Math.Clamp(Number(weight, 1), 0, 1_000_000);
        }

        reference.LoseRest();
        return name is null ? null : backend;
    }

    private static void ReadTimes(GatewayObject rule, Route route)
    {
        if (rule.Object("timeouts") is { } timeouts)
        {
            route.Timeouts = new Timeouts { Request = Time(timeouts, "request"), PerTry = Time(timeouts, "backendRequest") };
            timeouts.LoseRest();
        }

        if (rule.Object("retry") is { } retry)
        {
            // Theirs counts the tries after the first.
            route.Retry = new Retry { MaxAttempts = (uint)Math.Clamp(Number(retry.Text("attempts"), 1) + 1, 1, 10), BackoffBase = Time(retry, "backoff") };
            route.Retry.HttpStatuses.Add(retry.Texts("codes").Select(code => (uint)Math.Max(0, Number(code, 0))));
            retry.LoseRest();
        }
    }

    private static Duration? Time(GatewayObject of, string name)
    {
        if (of.Text(name) is not { } text)
        {
            return null;
        }

        if (DurationText.TryParse(text, out var time))
        {
            return time.ToDuration();
        }

        of.Lose(name, "is not carried over: it is no duration");
        return null;
    }

    private static double Number(string? text, double otherwise) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : otherwise;
}
