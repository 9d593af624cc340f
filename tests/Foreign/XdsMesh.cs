using System.ComponentModel;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Foreign;

/// <summary>
/// A control plane, plain instances of one service that no sidecar stands beside, registered by the test, and one client that speaks xDS and knows nothing but the bootstrap file that
/// <c>meshctl</c> has printed.
/// </summary>
internal sealed class XdsMesh : IAsyncDisposable
{
    public const string Service = "orders";

    private static readonly string Sources = Path.Combine(Executables.Repository, "tests", "Foreign", "xds");

    private readonly List<MeshProcess> _instances = [];
    private readonly Dictionary<string, AsyncDuplexStreamingCall<RegisterRequest, RegisterResponse>> _leases = [];
    private readonly string _bootstrap;
    private MeshProcess? _client;
    private int _asked;

    private XdsMesh(ControlPlane plane, string bootstrap) => (Plane, _bootstrap) = (plane, bootstrap);

    public ControlPlane Plane { get; private set; }

    public static async Task<XdsMesh> StartAsync(params string[] options)
    {
        await NodeModules.Xds.EnsureAsync();
        var plane = await ControlPlane.StartAsync(options);
        return new XdsMesh(plane, await MeshctlAsync("xds", "bootstrap", "--control-plane", plane.Url, "--service", "web", "--locality", "eu/a"));
    }

    /// <summary>What meshctl prints.</summary>
    public static async Task<string> MeshctlAsync(params string[] arguments)
    {
        await using var meshctl = MeshProcess.Start("meshctl", Executables.Meshctl, arguments);
        Assert.True(await meshctl.ExitCodeAsync() == 0, string.Join('\n', meshctl.Errors));
        return string.Join('\n', meshctl.Output);
    }

    /// <summary>Starts an instance.</summary>
    /// <param name="name">Which it answers with.</param>
    /// <param name="xdsPort">Where it is to listen if it takes its own orders from the control plane; null for a plain one.</param>
    /// <returns>HOST:PORT.</returns>
    public async Task<string> ServeAsync(string name, int? xdsPort = null)
    {
        string[] arguments = xdsPort is { } port ? [name, "--xds", port.ToString(CultureInfo.InvariantCulture)] : [name];
        var instance = Start("python", "server", arguments);
        _instances.Add(instance);
        await instance.ReadyAsync();
        return instance.Listener("grpc");
    }

    /// <summary>Has the mesh know an instance as it is now. Its lease lasts as long as the control plane, which is to be given a long TTL.</summary>
    public async Task RegisterAsync(string id, string address, ServiceStatus status = ServiceStatus.Healthy, Action<Instance>? change = null)
    {
        var at = IPEndPoint.Parse(address);
        var instance = new Instance { Id = id, Service = Service, Address = at.Address.ToString(), Port = (uint)at.Port, Status = status };
        change?.Invoke(instance);
        if (!_leases.TryGetValue(id, out var lease))
        {
            _leases[id] = lease = new Registry.RegistryClient(Plane.Channel).Register();
        }

        await lease.RequestStream.WriteAsync(new() { Registration = new() { Instance = instance } });
        Assert.True(await lease.ResponseStream.MoveNext(default));
    }

    public async Task DeregisterAsync(string id)
    {
        await new Registry.RegistryClient(Plane.Channel).DeregisterAsync(new() { Service = Service, InstanceId = id });
        _leases.Remove(id);
    }

    public async Task<ApplyResponse> ApplyAsync(ServiceConfig config) =>
        await new Config.ConfigClient(Plane.Channel).ApplyAsync(new() { Resources = { new ConfigResource { Service = Service, Config = config } } });

    public async Task<IReadOnlyList<ClientReceipt>> ClientsAsync() =>
        (await new Config.ConfigClient(Plane.Channel).ListReceiptsAsync(new() { Service = Service })).Clients;

    /// <summary>Starts the client.</summary>
    /// <param name="language">"python" or "node".</param>
    public async Task ConnectAsync(string language)
    {
        _client = Start(language, "client", [$"xds:///{Service}"]);
        await _client.ReadyAsync();
    }

    /// <summary>How so many calls end: by the name of the instance, or the code.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CallAsync(int count, string method = "who", string body = "-", string headers = "")
    {
        var id = $"calls-{++_asked}";
        await _client!.TellAsync($"{id} {count} {method} {body} {headers}".TrimEnd());
        return await EndsAsync(id);
    }

    /// <summary>Calls all the while, and says how these calls ended.</summary>
    public async Task<IReadOnlyDictionary<string, int>> UnderLoadAsync(Func<Task> change)
    {
        var id = $"load-{++_asked}";
        await _client!.TellAsync($"{id} until who");
        await change();
        await _client.TellAsync("stop");
        return await EndsAsync(id);
    }

    /// <summary>Kills the control plane, has it be gone while something goes on, and starts another one at the same address, that remembers nothing.</summary>
    public async Task ReplaceControlPlaneAsync(Func<Task> meanwhile)
    {
        var (grpc, http) = (Plane.Grpc, Plane.Http);
        await Plane.DisposeAsync();
        _leases.Clear();
        await meanwhile();
        Plane = await ControlPlane.StartAsync("--grpc", grpc, "--http", http, "--lease-ttl", "300s");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var started in _instances.Append(_client))
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }

        await Plane.DisposeAsync();
    }

    private async Task<IReadOnlyDictionary<string, int>> EndsAsync(string id)
    {
        string? line = null;
        await Bound.UntilAsync(() => (line = _client!.Output.FirstOrDefault(one => one.StartsWith(id + " ", StringComparison.Ordinal))) is not null, () => $"{id}: {string.Join('\n', _client!.Errors)}");
        return JsonSerializer.Deserialize<Dictionary<string, int>>(line![(id.Length + 1)..])!;
    }

    private MeshProcess Start(string language, string program, string[] arguments)
    {
        var (file, script) = language == "node"
            ? ("node", Path.Combine(Sources, program + ".js"))
            : (File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", Path.Combine(Sources, program + ".py"));
        try
        {
            return MeshProcess.Start($"{language} {program}", file, [script, .. arguments],
            [
                new("GRPC_XDS_BOOTSTRAP_CONFIG", _bootstrap), new("NODE_PATH", NodeModules.Xds.Modules), new("PYTHONDONTWRITEBYTECODE", "1"),
                new("no_proxy", "*"), new("no_grpc_proxy", "*"),
            ]);
        }
        catch (Win32Exception missing)
        {
            throw new ProcessFailedException($"{file} is not installed ({missing.Message}); ./test installs nodejs and python3-grpcio");
        }
    }
}
