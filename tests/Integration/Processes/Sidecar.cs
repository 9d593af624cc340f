using Grpc.Net.Client;

namespace Mesh.Integration.Processes;

/// <summary>A running mesh-sidecar and the way through it. Any thread. Dispose kills it.</summary>
public sealed class Sidecar : IAsyncDisposable
{
    private readonly List<IDisposable> _channels = [];
    private readonly string? _file;

    private Sidecar(MeshProcess process, string? file)
    {
        Process = process;
        _file = file;
    }

    public MeshProcess Process { get; }

    /// <summary>HOST:PORT, as the next three.</summary>
    public string Outbound => Process.Listener("outbound");

    public string Inbound => Process.Listener("inbound");

    public string Admin => Process.Listener("admin");

    public string Upstream(string service) => Process.Listener($"upstream/{service}");

    /// <summary>Starts one and waits until it is ready. Listeners that are not given get free ports of 127.0.0.1.</summary>
    public static Task<Sidecar> StartAsync(params string[] arguments) => StartAsync(arguments, null);

    /// <inheritdoc cref="StartAsync(string[])"/>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">In addition.</param>
    public static Task<Sidecar> StartAsync(
        IReadOnlyCollection<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment) =>
        StartAsync(arguments, environment, null);

    /// <summary>Starts one in a mount namespace of its own, once a shell has changed something there.</summary>
    /// <param name="shell">What it runs before.</param>
    /// <param name="arguments">The command line.</param>
    public static Task<Sidecar> StartMountedAsync(string shell, params string[] arguments) => ReadyAsync(MeshProcess.Start(
        "mesh-sidecar",
        "/usr/bin/unshare",
        ["--mount", "--map-root-user", "/bin/sh", "-c", $"{shell}; exec \"$0\" \"$@\"", Executables.Sidecar, .. WithListeners(arguments)]));

    /// <summary>Starts one with a static file.</summary>
    /// <param name="yaml">The file's text.</param>
    /// <param name="arguments">In addition to --static.</param>
    public static Task<Sidecar> StartStaticAsync(string yaml, params string[] arguments) =>
        StartStaticAsync(yaml, new Dictionary<string, string>(), arguments);

    /// <inheritdoc cref="StartStaticAsync(string, string[])"/>
    /// <param name="yaml">The file's text.</param>
    /// <param name="environment">In addition.</param>
    /// <param name="arguments">In addition to --static.</param>
    public static async Task<Sidecar> StartStaticAsync(
        string yaml, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, yaml);
        return await StartAsync(["--static", file, .. arguments], environment, file);
    }

    /// <summary>A channel to a service by its name, through the outbound port. Disposed with the sidecar.</summary>
    public GrpcChannel Channel(string service) => Keep(MeshChannel.To(Outbound, service));

    /// <summary>A channel to whatever listens at HOST:PORT. Disposed with the sidecar.</summary>
    public GrpcChannel ChannelTo(string address, string authority) => Keep(MeshChannel.To(address, authority));

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        await Process.DisposeAsync();
        if (_file is not null)
        {
            File.Delete(_file);
        }
    }

    private static Task<Sidecar> StartAsync(
        IReadOnlyCollection<string> arguments, IEnumerable<KeyValuePair<string, string>>? environment, string? file) =>
        ReadyAsync(MeshProcess.Start("mesh-sidecar", Executables.Sidecar, WithListeners(arguments), environment), file);

    private static IEnumerable<string> WithListeners(IReadOnlyCollection<string> arguments)
    {
        string[] listeners = ["--outbound", "--inbound", "--admin"];
        return arguments.Concat(listeners.Where(name => !arguments.Contains(name)).SelectMany(name => new[] { name, "127.0.0.1:0" }));
    }

    private static async Task<Sidecar> ReadyAsync(MeshProcess process, string? file = null)
    {
        var sidecar = new Sidecar(process, file);
        try
        {
            await sidecar.Process.ReadyAsync();
            return sidecar;
        }
        catch
        {
            await sidecar.DisposeAsync();
            throw;
        }
    }

    private GrpcChannel Keep(GrpcChannel channel)
    {
        _channels.Add(channel);
        return channel;
    }
}
