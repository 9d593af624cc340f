using System.Globalization;
using System.Net;
using System.Text;

namespace Mesh.Bench.Load.Proxies;

/// <summary>The services that a sidecar knows. The one called is <c>echo</c>, in the middle of the others.</summary>
/// <param name="Services">How many there are.</param>
/// <param name="Endpoints">How many the called one has; all are the same backend under different ids, so that each is picked, counted and connected to by itself.</param>
internal sealed record Topology(int Services, int Endpoints)
{
    public static readonly Topology Single = new(1, 1);

    /// <summary>Two versions, among which no call is told apart, and nothing beside the balancer decides on anything.</summary>
    public static readonly Topology WithoutPolicy = new(1, 2) { Policy = Nothing };

    /// <summary>The same with what a careful team has: a route, a split, a rate limit, retries and circuits.</summary>
    public static readonly Topology WithPolicy = new(1, 2) { Policy = Typical };

    private const string Usual = """
          config:
            timeouts: { request: 15s }
            retry: { codes: [UNAVAILABLE] }
            routes:
            - name: bench
              match: { prefix: /bench. }

        """;

    private const string Nothing = """
          config:
            breaker: { disabled: true }

        """;

    private const string Typical = """
          config:
            timeouts: { request: 15s }
            retry: { codes: [UNAVAILABLE], http_statuses: [503] }
            breaker: { consecutive_failures: 5, failure_rate: 50 }
            rate_limits:
            - { requests: 1000000 }
            routes:
            - name: other
              match: { prefix: /other. }
            - name: bench
              match: { prefix: /bench. }
              rate_limits:
              - { requests: 1000000 }
              backends:
              - { subset: { version: v1 }, weight: 90 }
              - { subset: { version: v2 }, weight: 10 }

        """;

    /// <summary>Of the called one, as it stands in the file.</summary>
    private string Policy { get; init; } = Usual;

    /// <summary>The file for <c>--static</c>.</summary>
    /// <param name="backend">Every endpoint.</param>
    /// <param name="identity">Who is there, for mutual TLS; null in clear.</param>
    public string ToYaml(IPEndPoint backend, string? identity = null)
    {
        var who = identity is null ? "" : $", identity: \"{identity}\", sidecar: true";
        var yaml = new StringBuilder("services:\n");
        for (var i = 0; i < Services; i++)
        {
            var isCalled = i == Services / 2;
            var name = isCalled ? "echo" : string.Create(CultureInfo.InvariantCulture, $"service-{i}");
            yaml.Append(CultureInfo.InvariantCulture, $"- name: {name}\n  endpoints:\n");
            for (var j = 0; j < (isCalled ? Endpoints : 1); j++)
            {
                yaml.Append(CultureInfo.InvariantCulture, $"  - {{ id: {name}-{j}, version: v{(j % 2) + 1}, address: \"{backend}\"{who} }}\n");
            }

            yaml.Append(isCalled ? Policy : "");
        }

        return yaml.ToString();
    }
}
