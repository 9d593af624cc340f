using Grpc.Net.Client;
using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Trust;
using Mesh.ControlPlane.Xds.Serving;
using Mesh.Hosting;
using Mesh.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>A whole control plane on free ports and a clock the test moves, with a client of each service.</summary>
internal sealed class TestPlane : IAsyncDisposable
{
    private readonly ControlPlaneApp _app;
    private readonly GrpcChannel _channel;

    private TestPlane(ControlPlaneApp app, FakeTimeProvider time)
    {
        _app = app;
        Time = time;
        _channel = Connect();
        Registry = new V1.Registry.RegistryClient(_channel);
        Config = new V1.Config.ConfigClient(_channel);
        Discovery = new Discovery.DiscoveryClient(_channel);
        Events = new V1.Events.EventsClient(_channel);
        Queues = new V1.Queues.QueuesClient(_channel);
        Identity = new V1.Identity.IdentityClient(_channel);
        Trust = new V1.Trust.TrustClient(_channel);
        Pages = new HttpClient { BaseAddress = new Uri($"http://{app.Http}") };
    }

    public FakeTimeProvider Time { get; }

    public V1.Registry.RegistryClient Registry { get; }

    public V1.Config.ConfigClient Config { get; }

    public Discovery.DiscoveryClient Discovery { get; }

    public V1.Events.EventsClient Events { get; }

    public V1.Queues.QueuesClient Queues { get; }

    public V1.Identity.IdentityClient Identity { get; }

    public V1.Trust.TrustClient Trust { get; }

    public HttpClient Pages { get; }

    /// <summary>Where the API listens.</summary>
    public Uri Address => new($"http://{_app.Grpc}");

    public ServiceRegistry Model => _app.Services.GetRequiredService<ServiceRegistry>();

    /// <summary>What clients without a sidecar are sent.</summary>
    public XdsResources ForClients => _app.Services.GetRequiredService<XdsResources>();

    public static async Task<TestPlane> StartAsync(
        RegistryOptions? options = null, IReadOnlyList<ConfigResource>? config = null, BrokerOptions? broker = null, TrustOptions? trust = null, StoreOptions? store = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        var app = new ControlPlaneApp(
            new ControlPlaneSettings
            {
                Grpc = new HostPort("127.0.0.1", 0),
                Http = new HostPort("127.0.0.1", 0),
                Registry = options ?? new RegistryOptions(),
                Config = config ?? [],
                Broker = broker ?? new BrokerOptions(),
                Trust = trust ?? new TrustOptions(),
                Store = store ?? new StoreOptions(),
                LogLevel = LogLevel.None,
            },
            time);
        await app.StartAsync(Bound.Token());
        return new TestPlane(app, time);
    }

    /// <summary>A connection of its own, with the limits that clients have by default.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress(Address);

    public Task StopAsync() => _app.StopAsync();

    /// <summary>Registers and stays.</summary>
    public async Task<RegistrationCall> RegisterAsync(RegisterRequest? registration = null)
    {
        var call = new RegistrationCall(Registry.Register(cancellationToken: Bound.Token()));
        await call.SendAsync(registration ?? Make.Register());
        return call;
    }

    public async ValueTask DisposeAsync()
    {
        Pages.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
