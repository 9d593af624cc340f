using System.ComponentModel;
using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>
/// gRPC servers that are not .NET's, one in Node and one in Python, as the services "node" and "python" behind one
/// sidecar, and the clients to call them with.
/// </summary>
public sealed class Foreigners : IAsyncLifetime
{
    private static readonly string Sources = Path.Combine(Executables.Repository, "tests", "Foreign");

    private MeshProcess _node = null!;
    private MeshProcess _python = null!;
    private Sidecar _sidecar = null!;

    public async Task InitializeAsync()
    {
        await NodeModules.Grpc.EnsureAsync();
        _node = Start("node", "server", []);
        _python = Start("python", "server", []);
        await Task.WhenAll(_node.ReadyAsync(), _python.ReadyAsync());
        _sidecar = await Sidecar.StartStaticAsync($$$"""
            services:
            - name: node
              endpoints: [{address: "{{{_node.Listener("grpc")}}}"}]
              config: {breaker: {disabled: true}}
            - name: python
              endpoints: [{address: "{{{_python.Listener("grpc")}}}"}]
              config: {breaker: {disabled: true}}
            """);
    }

    /// <summary>Lets a client play a scenario against a service, through the sidecar.</summary>
    /// <returns>What it has to complain of; empty if all was well.</returns>
    public async Task<string> PlayAsync(string client, string service, string scenario)
    {
        await using var process = Start(client, "client", [], _sidecar.Outbound, service, scenario);
        return await ComplaintOfAsync(process);
    }

    /// <summary>The same, for a client that knows nothing of a sidecar and is told of a proxy: it connects to the service's name.</summary>
    public async Task<string> PlayByProxyAsync(string client, string service, string scenario)
    {
        var proxy = $"http://{_sidecar.Outbound}";
        await using var process = Start(
            client, "client", [new("http_proxy", proxy), new("grpc_proxy", proxy), new("no_proxy", ""), new("no_grpc_proxy", "")], $"{service}:80", service, scenario);
        return await ComplaintOfAsync(process);
    }

    public async Task DisposeAsync()
    {
        foreach (var started in new IAsyncDisposable?[] { _sidecar, _node, _python })
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }
    }

    private static async Task<string> ComplaintOfAsync(MeshProcess process) =>
        await process.ExitCodeAsync() == 0 ? "" : string.Join('\n', process.Errors.Concat(process.Output));

    private static MeshProcess Start(string language, string program, KeyValuePair<string, string>[] environment, params string[] arguments)
    {
        // Debian's own Python: that is the one which has python3-grpcio.
        var (file, script) = language == "node"
            ? ("node", Path.Combine(Sources, "node", program + ".js"))
            : (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", Path.Combine(Sources, "python", program + ".py"));
        try
        {
            return MeshProcess.Start(
                $"{language} {program}", file, [script, .. arguments], [new("NODE_PATH", NodeModules.Grpc.Modules), new("PYTHONDONTWRITEBYTECODE", "1"), .. environment]);
        }
        catch (Win32Exception missing)
        {
            throw new ProcessFailedException($"{file} is not installed ({missing.Message}); ./test installs nodejs and python3-grpcio");
        }
    }
}
