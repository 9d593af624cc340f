using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>Static files.</summary>
internal static class Yaml
{
    /// <summary>One service.</summary>
    /// <param name="name">As it is addressed.</param>
    /// <param name="addresses">Its endpoints.</param>
    /// <param name="config">The service's config in YAML's flow style, such as <c>{retry: {max_attempts: 2}}</c>.</param>
    public static string Service(string name, IEnumerable<string> addresses, string config = "{}") => Services((name, addresses, config));

    public static string Service(string name, EchoServer server, string config = "{}") => Service(name, [server.Address], config);

    public static string Services(params (string Name, IEnumerable<string> Addresses, string Config)[] services) =>
        "services:\n" + string.Concat(services.Select(service => $$"""
            - name: {{service.Name}}
              endpoints: [{{string.Join(", ", service.Addresses.Select(address => $"{{address: \"{address}\"}}"))}}]
              config: {{service.Config}}

            """));
}
