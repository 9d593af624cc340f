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

    private const string Policy = """
          config:
            timeouts: { request: 15s }
            retry: { codes: [UNAVAILABLE] }
            routes:
            - name: bench
              match: { prefix: /bench. }

        """;

    /// <summary>The file for <c>--static</c>.</summary>
    public string ToYaml(IPEndPoint backend)
    {
        var yaml = new StringBuilder("services:\n");
        for (var i = 0; i < Services; i++)
        {
            var isCalled = i == Services / 2;
            var name = isCalled ? "echo" : string.Create(CultureInfo.InvariantCulture, $"service-{i}");
            yaml.Append(CultureInfo.InvariantCulture, $"- name: {name}\n  endpoints:\n");
            for (var j = 0; j < (isCalled ? Endpoints : 1); j++)
            {
                yaml.Append(CultureInfo.InvariantCulture, $"  - {{ id: {name}-{j}, address: \"{backend}\" }}\n");
            }

            yaml.Append(isCalled ? Policy : "");
        }

        return yaml.ToString();
    }
}
