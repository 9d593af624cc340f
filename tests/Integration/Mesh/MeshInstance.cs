using Mesh.Integration.Processes;

namespace Mesh.Integration.Mesh;

/// <summary>An echo server and the sidecar beside it, registered.</summary>
internal sealed class MeshInstance(EchoServer app, Sidecar sidecar) : IAsyncDisposable
{
    public EchoServer App { get; } = app;

    public Sidecar Sidecar { get; } = sidecar;

    public static async Task<MeshInstance> StartAsync(ControlPlane plane, string id, params string[] arguments)
    {
        var app = await EchoServer.StartAsync(id);
        try
        {
            var sidecar = await Sidecar.StartAsync(
            [
                "--service", "echo", "--app", app.Address, "--instance-id", id, "--health", "tcp", "--control-plane", plane.Url,
                .. arguments,
            ]);
            return new MeshInstance(app, sidecar);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sidecar.DisposeAsync();
        await App.DisposeAsync();
    }
}
