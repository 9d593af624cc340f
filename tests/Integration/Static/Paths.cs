using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>One echo server and two ways to it: through the caller's sidecar only, and through the server's as well.</summary>
public sealed class Paths : IAsyncLifetime
{
    public const string OneSidecar = "one-sidecar";
    public const string TwoSidecars = "two-sidecars";

    public EchoServer Server { get; private set; } = null!;

    public Sidecar Outbound { get; private set; } = null!;

    public Sidecar Inbound { get; private set; } = null!;

    public Echo.EchoClient Client(string path) => new(Outbound.Channel(path));

    public async Task InitializeAsync()
    {
        Server = await EchoServer.StartAsync();
        Inbound = await Sidecar.StartStaticAsync("services: []", "--service", TwoSidecars, "--app", Server.Address);
        Outbound = await Sidecar.StartStaticAsync(Yaml.Services((OneSidecar, [Server.Address], "{}"), (TwoSidecars, [Inbound.Inbound], "{}")));
    }

    public async Task DisposeAsync()
    {
        await Outbound.DisposeAsync();
        await Inbound.DisposeAsync();
        await Server.DisposeAsync();
    }
}
