using System.Globalization;
using Grpc.Net.Client;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>
/// The real executable, whose memory is looked at while somebody asks too much of it, and afterwards. The figures are printed;
/// docs/conformance.md shows them.
/// </summary>
internal sealed class FloodedPlane : IDisposable
{
    private const string InMegabytes = "{0}: {1} MB before, {2} during, {3} after";

    private readonly List<IDisposable> _open = [];
    private readonly string _address;
    private readonly string _pages;

    private FloodedPlane(ControlPlaneProcess process, Dictionary<string, string> listeners)
    {
        Process = process;
        _address = $"http://{listeners["grpc"]}";
        _pages = $"http://{listeners["http"]}";
        Registry = Connect();
    }

    public ControlPlaneProcess Process { get; }

    public V1.Registry.RegistryClient Registry { get; }

    public Uri Address => new(_address);

    /// <summary>
    /// Starts it and lets it answer once, so that what that takes is there before the flood. Nobody sends heartbeats, and a busy
    /// machine takes its time: no lease ends.
    /// </summary>
    public static async Task<FloodedPlane> StartAsync()
    {
        var (process, listeners) = await ControlPlaneProcess.StartReadyAsync("--lease-ttl 1h");
        var plane = new FloodedPlane(process, listeners);
        await plane.RevisionAsync();
        return plane;
    }

    /// <summary>Over a connection of its own.</summary>
    public V1.Registry.RegistryClient Connect() => new(Channel());

    /// <inheritdoc cref="Connect"/>
    public GrpcChannel Channel()
    {
        var channel = GrpcChannel.ForAddress(_address);
        _open.Add(channel);
        return channel;
    }

    public async Task<RegistrationCall> RegisterAsync(Registration registration)
    {
        var call = new RegistrationCall(Registry.Register());
        _open.Add(call);
        await call.SendAsync(new RegisterRequest { Registration = registration });
        return call;
    }

    public async Task<long> RevisionAsync() => (await Registry.ListServicesAsync(new(), cancellationToken: Bound.Token())).Revision;

    public async Task<long> MetricAsync(string name)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"{_pages}/metrics"), Bound.Token());
        return long.Parse(page.Split('\n').First(line => line.StartsWith(name + " ", StringComparison.Ordinal))[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Sees that the memory is bounded while the flood lasts, and given back when it is over.</summary>
    /// <param name="output">Where the figures are printed.</param>
    /// <param name="what">The flood.</param>
    /// <param name="before">In megabytes.</param>
    /// <param name="during">In megabytes.</param>
    /// <param name="most">By how many megabytes it may have grown meanwhile.</param>
    /// <param name="left">How many of them may be left.</param>
    public async Task AssertGivenBackAsync(ITestOutputHelper output, string what, long before, long during, long most, long left = 100)
    {
        var after = await Process.SettledAsync(before + left);
        output.WriteLine(InMegabytes, what, before, during, after);
        Assert.InRange(during - before, 0, most);
        Assert.InRange(after, 0, before + left);
    }

    public void Dispose()
    {
        _open.ForEach(open => open.Dispose());
        Process.Dispose();
    }
}
