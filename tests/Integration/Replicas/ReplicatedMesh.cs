using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Mesh.Integration.Mesh;
using Mesh.Integration.Processes;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Integration.Replicas;

/// <summary>
/// Control planes on an etcd of several members, instances whose sidecars know all of them, a caller under load, and a witness of all that the
/// registry says.
/// </summary>
internal sealed class ReplicatedMesh : IAsyncDisposable
{
    /// <summary>What has to happen within a few leases, on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string[] _arguments;
    private readonly Dictionary<string, string> _environment;
    private readonly List<MeshInstance> _instances = [];

    private ReplicatedMesh(EtcdCluster etcd, string[] arguments, Dictionary<string, string> environment)
    {
        Etcd = etcd;
        _arguments = arguments;
        _environment = environment;
    }

    public EtcdCluster Etcd { get; }

    /// <summary>Those that were started and not yet replaced.</summary>
    public List<ControlPlane> Planes { get; } = [];

    public IReadOnlyList<MeshInstance> Instances => _instances;

    public Witness Witness { get; } = new();

    public Sidecar Caller { get; private set; } = null!;

    public MeshLoad Load { get; private set; } = null!;

    private string Urls => string.Join(',', Planes.Select(plane => plane.Url));

    /// <summary>All is up, and calls go on.</summary>
    /// <param name="members">Of etcd.</param>
    /// <param name="planes">Control planes.</param>
    /// <param name="instances">Of the service called.</param>
    /// <param name="environment">Of the control planes.</param>
    /// <param name="arguments">Of the control planes.</param>
    public static async Task<ReplicatedMesh> StartAsync(
        int members = 3, int planes = 2, int instances = 3, Dictionary<string, string>? environment = null, params string[] arguments) =>
        await StartAsync(new ReplicatedMesh(await EtcdCluster.StartAsync(members), arguments, environment ?? []), planes, instances);

    /// <summary>The same, where the ways to and between etcd's members can be cut.</summary>
    public static async Task<ReplicatedMesh> StartOnLinksAsync() =>
        await StartAsync(new ReplicatedMesh(await EtcdCluster.StartOnLinksAsync(3), [], []), planes: 2, instances: 3);

    private static async Task<ReplicatedMesh> StartAsync(ReplicatedMesh mesh, int planes, int instances)
    {
        try
        {
            mesh.Planes.AddRange(await Task.WhenAll(Enumerable.Range(0, planes).Select(_ => mesh.StartPlaneAsync())));
            foreach (var plane in mesh.Planes)
            {
                mesh.Witness.Watch(plane);
            }

            mesh._instances.AddRange(await Task.WhenAll(Enumerable.Range(1, instances).Select(i => mesh.StartInstanceAsync($"echo-{i}"))));
            await mesh.HealthyAsync();
            mesh.Caller = await Sidecar.StartAsync("--control-plane", mesh.Urls);
            mesh.Load = new MeshLoad(mesh.Caller.Channel("echo"), concurrency: 2);
            await mesh.Load.MoreAsync(10);
            return mesh;
        }
        catch
        {
            await mesh.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another control plane, at an address that was one's before if given.</summary>
    public Task<ControlPlane> StartPlaneAsync(string? grpc = null) => ControlPlane.StartAsync(
        _environment, ["--store", Etcd.Option, .. grpc is null ? Array.Empty<string>() : ["--grpc", grpc], .. _arguments]);

    /// <summary>Starts a control plane again that has ended.</summary>
    public async Task RestartAsync(int index)
    {
        var former = Planes[index];
        var address = former.Grpc;
        await former.DisposeAsync();
        Planes[index] = await StartPlaneAsync(address);
        Witness.Watch(Planes[index]);
    }

    public async Task<MeshInstance> StartInstanceAsync(string id, string? urls = null, params string[] arguments)
    {
        var app = await EchoServer.StartAsync(id);
        return new MeshInstance(app, await Sidecar.StartAsync(
        [
            "--service", "echo", "--app", app.Address, "--instance-id", id, "--health", "tcp", "--control-plane", urls ?? Urls, .. arguments,
        ]));
    }

    /// <summary>Every control plane that answers names all instances, healthy.</summary>
    public async Task HealthyAsync()
    {
        var all = _instances.Count;
        foreach (var plane in Planes.Where(plane => !plane.Process.HasExited))
        {
            await Bound.UntilAsync(
                async () => (await plane.InstancesAsync("echo")).Count(instance => instance.Status == ServiceStatus.Healthy) == all,
                () => $"{all} instances registered and healthy",
                Patience);
        }
    }

    /// <summary>Every sidecar's registration is at one control plane.</summary>
    public async Task RegisteredAtAsync(int plane) => await Bound.UntilAsync(
        async () => await LeasesAsync(plane) == _instances.Count, () => "all are registered at one control plane", Patience);

    /// <summary>
    /// Some sidecars have registered with a control plane: those that rank it first. Whether there are any chance decides, by its port, so
    /// that instances are added until there are.
    /// </summary>
    /// <returns>How many.</returns>
    public async Task<int> FirstChoicesAsync(int plane)
    {
        while (true)
        {
            await HealthyAsync();
            if (await LeasesAsync(plane) is > 0 and var held)
            {
                return held;
            }

            _instances.Add(await StartInstanceAsync($"echo-{_instances.Count + 1}"));
        }
    }

    /// <summary>So many registrations, or more where one had found it too slow before, are with a control plane again.</summary>
    public async Task ComeHomeAsync(int plane, int count)
    {
        var held = 0;
        await Bound.UntilAsync(async () => (held = await LeasesAsync(plane)) >= count, () => $"{count} registered again where they were; there are {held}", Patience);
    }

    /// <summary>How many registrations a control plane keeps.</summary>
    public async Task<int> LeasesAsync(int plane)
    {
        using var http = new HttpClient();
        var text = await http.GetStringAsync($"http://{Planes[plane].Http}/metrics", Bound.Token);
        var line = text.Split('\n').Single(line => line.StartsWith("mesh_registry_leases_held ", StringComparison.Ordinal));
        return int.Parse(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
    }

    public static void Signal(MeshProcess process, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Applies a policy, again where it may not have been heard: one that is there already keeps its version.</summary>
    public async Task<long> ApplyAsync(int plane, string service, uint attempts)
    {
        long version = 0;
        await Bound.UntilAsync(
            async () =>
            {
                try
                {
                    version = await ApplyOnceAsync(plane, service, attempts);
                    return true;
                }
                catch (RpcException starved) when (starved.StatusCode == StatusCode.Unavailable)
                {
                    return false;
                }
            },
            () => $"a policy of {service} applied",
            Patience);
        return version;
    }

    public async Task<long> ApplyOnceAsync(int plane, string service, uint attempts)
    {
        var client = new Config.ConfigClient(Planes[plane].Channel);
        var request = new ApplyRequest { Resources = { new ConfigResource { Service = service, Config = new ServiceConfig { Retry = new Retry { MaxAttempts = attempts } } } } };
        return (await client.ApplyAsync(request, cancellationToken: Bound.Token)).Resources[0].Version;
    }

    /// <summary>No call failed, nobody left the registry, and no revision went back.</summary>
    public void AssertNothingHappened()
    {
        Assert.Empty(Load.Failures);
        Assert.Empty(Witness.Removals);
        Assert.Empty(Witness.Oddities);
    }

    public async ValueTask DisposeAsync()
    {
        if (Load is not null)
        {
            await Load.EndAsync();
        }

        await Witness.DisposeAsync();
        foreach (var plane in Planes)
        {
            if (!plane.Process.HasExited)
            {
                Signal(plane.Process, "CONT");
            }
        }

        await Task.WhenAll(_instances.Select(instance => instance.DisposeAsync().AsTask()));
        if (Caller is not null)
        {
            await Caller.DisposeAsync();
        }

        await Task.WhenAll(Planes.Select(plane => plane.DisposeAsync().AsTask()));
        await Etcd.DisposeAsync();
    }
}
