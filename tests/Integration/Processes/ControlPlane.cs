using Grpc.Net.Client;

namespace Mesh.Integration.Processes;

/// <summary>A running mesh-control-plane. Any thread. Dispose kills it.</summary>
public sealed class ControlPlane : IAsyncDisposable
{
    private ControlPlane(MeshProcess process) => Process = process;

    public MeshProcess Process { get; }

    /// <summary>HOST:PORT.</summary>
    public string Grpc => Process.Listener("grpc");

    /// <summary>HOST:PORT.</summary>
    public string Http => Process.Listener("http");

    /// <summary>As sidecars are given it.</summary>
    public string Url => $"http://{Grpc}";

    /// <summary>To the API. Disposed with the control plane.</summary>
    public GrpcChannel Channel { get; private set; } = null!;

    /// <summary>Starts one and waits until it is ready. Listeners that are not given get free ports of 127.0.0.1.</summary>
    public static Task<ControlPlane> StartAsync(params string[] arguments) => StartAsync(null, arguments);

    /// <inheritdoc cref="StartAsync(string[])"/>
    /// <param name="environment">In addition.</param>
    /// <param name="arguments">The command line.</param>
    public static async Task<ControlPlane> StartAsync(IEnumerable<KeyValuePair<string, string>>? environment, string[] arguments)
    {
        string[] listeners = ["--grpc", "--http"];
        var all = arguments.Concat(listeners.Where(name => !arguments.Contains(name)).SelectMany(name => new[] { name, "127.0.0.1:0" }));
        var plane = new ControlPlane(MeshProcess.Start("mesh-control-plane", Executables.ControlPlane, all, environment));
        try
        {
            await plane.Process.ReadyAsync();
            plane.Channel = MeshChannel.To(plane.Grpc, "control-plane");
            return plane;
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Channel?.Dispose();
        await Process.DisposeAsync();
    }
}
