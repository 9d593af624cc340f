using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

/// <summary>A server called "web" behind one sidecar, the caller's, or behind two, the caller's and its own. Dispose kills them.</summary>
internal sealed class InARow : IAsyncDisposable
{
    private readonly List<Sidecar> _sidecars = [];

    /// <summary>HOST:PORT where to call.</summary>
    public string Outbound => _sidecars[^1].Outbound;

    public static async Task<InARow> StartAsync(int sidecars, string server)
    {
        var row = new InARow();
        for (var i = 1; i < sidecars; i++)
        {
            var beside = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", server, "--health", "none");
            row._sidecars.Add(beside);
            server = beside.Inbound;
        }

        row._sidecars.Add(await Sidecar.StartStaticAsync(Yaml.Service("web", [server])));
        return row;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sidecar in _sidecars)
        {
            await sidecar.DisposeAsync();
        }
    }
}
