using Mesh.Resources.Yaml;
using Mesh.V1;

namespace Mesh.Resources.Gateway;

/// <summary>Routes of the Gateway API (GRPCRoute, HTTPRoute) as resources of ours. Immutable.</summary>
/// <param name="Resources">One for each service whose callers they are for.</param>
/// <param name="Lost">What does not carry over, a line each with its place.</param>
/// <param name="Faults">Why nothing can be made of it, a line each with its place; empty if something can.</param>
public sealed record GatewayImport(IReadOnlyList<ConfigResource> Resources, IReadOnlyList<string> Lost, IReadOnlyList<string> Faults)
{
    private const int LongestName = 100;

    /// <summary>Reads a text of any number of documents; those that are no routes are told of and left out.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="sourceName">The file's name, for the lines.</param>
    /// <param name="service">Whose callers the routes are for; null: that of their parentRefs which is a Service.</param>
    public static GatewayImport Read(string text, string sourceName, string? service)
    {
        var (faults, lost) = (new FaultList(sourceName), new FaultList(sourceName));
        var routes = new Dictionary<string, List<(GatewayMatch Match, Route Route)>>(StringComparer.Ordinal);
        foreach (var document in DocumentReader.ReadAll(text, faults))
        {
            ReadDocument(document, service, routes, lost, faults);
        }

        if (faults.IsEmpty && routes.Count == 0)
        {
            faults.Add(1, 1, "", "holds no GRPCRoute and no HTTPRoute that carries over");
        }

        var resources = routes.Select(of => Resource(of.Key, of.Value)).ToList();
        foreach (var fault in resources.SelectMany(made => ConfigValidation.Validate(made.Service, made.Config)))
        {
            faults.Add(1, 1, "", $"what comes of it is not valid: {fault}");
        }

        return new GatewayImport(resources, lost.Lines, faults.Lines);
    }

    private static void ReadDocument(
        YamlNode document, string? service, Dictionary<string, List<(GatewayMatch, Route)>> routes, FaultList lost, FaultList faults)
    {
        var root = new GatewayObject(document, "", lost);
        var kind = root.Text("kind");
        if (kind is not ("GRPCRoute" or "HTTPRoute"))
        {
            lost.Add(document, "kind", $"{PrintableText.Of(kind ?? "none", LongestName)} is not carried over: only GRPCRoute and HTTPRoute are");
            return;
        }

        root.Ignore("apiVersion", "status");
        var spec = root.Object("spec") ?? new GatewayObject(document, "spec", lost);
        var name = root.Object("metadata")?.Text("name") ?? "route";
        root.LoseRest();
        spec.Lose("hostnames", "is not carried over: a service is called by its name here");
        var owners = service is null ? Parents(spec) : [service];
        spec.Ignore("parentRefs");
        var made = Routes(spec, name, kind == "GRPCRoute").ToList();
        spec.LoseRest();
        if (owners.Count == 0)
        {
            faults.Add(document, "spec.parentRefs", "names no Service, so that it is not known whose callers these routes are for: --service NAME says so");
        }

        foreach (var owner in owners)
        {
            if (!routes.TryGetValue(owner, out var all))
            {
                routes.Add(owner, all = []);
            }

            all.AddRange(made.Select(route => (route.Match, route.Route.Clone())));
        }
    }

    private static List<string> Parents(GatewayObject spec) =>
        [.. spec.Objects("parentRefs").Where(parent => parent.Text("kind") == "Service").Select(parent => parent.Text("name")).OfType<string>().Distinct()];

    private static IEnumerable<(GatewayMatch Match, Route Route)> Routes(GatewayObject spec, string name, bool isGrpc)
    {
        foreach (var (index, rule) in spec.Objects("rules").Index())
        {
            var matches = GatewayMatch.Of(rule, isGrpc).ToList();
            var named = rule.Text("name") ?? $"{name}-{index + 1}";
            if (GatewayRule.Read(rule) is not { } route)
            {
                continue;
            }

            foreach (var (at, match) in matches.Index())
            {
                var one = route.Clone();
                one.Name = PrintableText.Of(matches.Count == 1 ? named : $"{named}-{at + 1}", LongestName);
                if (!match.Match.Equals(new RouteMatch()))
                {
                    one.Match = match.Match;
                }

                if (GatewayChange.TryPlacePrefix(one, match))
                {
                    yield return (match, one);
                }
                else
                {
                    rule.Lose("filters", "replace a prefix that a match does not have; the route for it is left out");
                }
            }
        }
    }

    private static ConfigResource Resource(string service, IEnumerable<(GatewayMatch Match, Route Route)> routes)
    {
        var config = new ServiceConfig();
        config.Routes.Add(routes
            .OrderByDescending(one => one.Match.IsExact)
            // As theirs leave open: before prefixes, which would take their calls.
            .ThenByDescending(one => one.Match.IsPattern)
            .ThenByDescending(one => one.Match.PathLength)
            .ThenByDescending(one => one.Match.Match.HttpMethod.Length != 0)
            .ThenByDescending(one => one.Match.Match.Headers.Count)
            .ThenByDescending(one => one.Match.Match.Query.Count)
            .Select(one => one.Route));
        foreach (var route in config.Routes.Where(route => route.Service == service))
        {
            route.Service = "";
        }

        return new ConfigResource { Service = service, Config = config };
    }
}
