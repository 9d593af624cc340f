using Mesh.Integration.Processes;
using Mesh.Integration.Static;

namespace Mesh.Integration.Http1;

/// <summary>What stands between a caller and its server.</summary>
public enum Row
{
    /// <summary>The caller's sidecar.</summary>
    One,

    /// <summary>The caller's, and the server's, of which the caller's knows nothing.</summary>
    Two,

    /// <summary>The same, as the registry has it: between the two there is HTTP/2.</summary>
    TwoOverHttp2,
}

/// <summary>A server called "web" behind one sidecar or two. Dispose kills them.</summary>
internal sealed class InARow : IAsyncDisposable
{
    private readonly List<Sidecar> _sidecars = [];

    /// <summary>HOST:PORT where to call.</summary>
    public string Outbound => _sidecars[^1].Outbound;

    public static async Task<InARow> StartAsync(Row row, string server)
    {
        var made = new InARow();
        if (row != Row.One)
        {
            var beside = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", server, "--health", "none");
            made._sidecars.Add(beside);
            server = beside.Inbound;
        }

        var what = row == Row.TwoOverHttp2 ? ", sidecar: true" : "";
        made._sidecars.Add(await Sidecar.StartStaticAsync($"services:\n- name: web\n  endpoints: [{{address: \"{server}\"{what}}}]\n"));
        return made;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var sidecar in _sidecars)
        {
            await sidecar.DisposeAsync();
        }
    }
}
