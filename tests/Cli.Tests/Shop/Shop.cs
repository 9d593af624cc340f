using Mesh.Cli.Load;
using Mesh.Cli.Processes;

namespace Mesh.Cli.Tests.Shop;

/// <summary>The services as processes that call each other directly, without a mesh.</summary>
public sealed class Shop : IAsyncLifetime
{
    private readonly List<ChildProcess> _processes = [];
    private readonly Dictionary<string, string> _addresses = [];

    internal ServiceChannels Channels { get; private set; } = null!;

    internal string Address(string service) => _addresses[service];

    internal async Task<ChildProcess> StartAsync(string service, params string[] called)
    {
        var child = ChildProcess.Start(
            service, Built.Executable("mesh-demo"), [service, "--listen", "127.0.0.1:0", "--instance", $"{service}-7"],
            [
                .. called.Select(name => KeyValuePair.Create($"{name.ToUpperInvariant()}_ADDRESS", $"http://{_addresses[name]}")),
                // Many shells have such a variable; calls between the services are none of its business.
                KeyValuePair.Create("http_proxy", "http://127.0.0.1:1"),
            ]);
        _processes.Add(child);
        await child.ReadyAsync(Built.Limit, default);
        _addresses[service] = child.Listener(service == "catalog" ? "http" : "grpc");
        return child;
    }

    public async Task InitializeAsync()
    {
        await Task.WhenAll(StartAsync("users"), StartAsync("notifications"), StartAsync("catalog"));
        await StartAsync("payments", "users");
        await StartAsync("orders", "users", "payments", "notifications");
        Channels = ServiceChannels.Direct(_addresses);
    }

    public async Task DisposeAsync()
    {
        Channels?.Dispose();
        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }
}
