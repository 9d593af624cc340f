using System.ComponentModel;
using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>
/// Chromium, a page with grpc-web in it, and a gRPC server in Node as the service "node" behind a sidecar that lets the page's origin call.
/// </summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string Sources = Path.Combine(Executables.Repository, "tests", "Foreign");
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private string _chromium = "";
    private MeshProcess _node = null!;
    private MeshProcess _pages = null!;
    private Sidecar _sidecar = null!;

    public async Task InitializeAsync()
    {
        _chromium = Find() ?? throw new ProcessFailedException($"{Names[0]} is not installed; ./test installs it");
        await Task.WhenAll(NodeModules.Grpc.EnsureAsync(), NodeModules.Browser.EnsureAsync());
        _node = Start(NodeModules.Grpc, "node/server.js");
        _pages = Start(NodeModules.Browser, "browser/pages.js");
        await Task.WhenAll(_node.ReadyAsync(), _pages.ReadyAsync());
        _sidecar = await Sidecar.StartStaticAsync(
            $$$"""
            services:
            - name: node
              endpoints: [{address: "{{{_node.Listener("grpc")}}}"}]
            """,
            "--cors-origins", $"http://{_pages.Listener("pages")}");
    }

    /// <summary>Plays a scenario in a page.</summary>
    /// <param name="scenario">One of those in <c>browser/page.js</c>.</param>
    /// <param name="format">"binary" or "text".</param>
    /// <param name="host">Whose page it is: 127.0.0.1 may call.</param>
    /// <returns>What it has to complain of; empty if all was well.</returns>
    public async Task<string> PlayAsync(string scenario, string format, string host = "127.0.0.1")
    {
        var port = _pages.Listener("pages").Split(':')[1];
        await using var process = Start(
            NodeModules.Browser, "browser/browser.js", $"http://{host}:{port}/", $"http://node:{_sidecar.Outbound.Split(':')[1]}", scenario, format);
        return await process.ExitCodeAsync() == 0 ? "" : string.Join('\n', process.Errors.Concat(process.Output));
    }

    public async Task DisposeAsync()
    {
        foreach (var started in new IAsyncDisposable?[] { _sidecar, _pages, _node })
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    private MeshProcess Start(NodeModules modules, string script, params string[] arguments)
    {
        try
        {
            return MeshProcess.Start(
                script, "node", [Path.Combine(Sources, script), .. arguments], [new("NODE_PATH", modules.Modules), new("CHROMIUM", _chromium)]);
        }
        catch (Win32Exception missing)
        {
            throw new ProcessFailedException($"node is not installed ({missing.Message}); ./test installs nodejs");
        }
    }
}
