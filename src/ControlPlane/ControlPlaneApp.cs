using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.AspNetCore.Server.Model;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Api;
using Mesh.ControlPlane.Api.Reading;
using Mesh.ControlPlane.Asking;
using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Broker.Http;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Limits;
using Mesh.ControlPlane.Listening;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Rollouts;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Etcd;
using Mesh.ControlPlane.Store.Sqlite;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Trust;
using Mesh.ControlPlane.Xds.Serving;
using Mesh.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane;

/// <summary>The control plane as a whole: its rooms wired to each other and to the listeners.</summary>
internal sealed class ControlPlaneApp : IAsyncDisposable
{
    // A client that does not take its stream's end gets this long.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1);

    // Clients drop the status of a call they could still send on when its connection closes before they have read it.
    private static readonly TimeSpan ReadingTime = TimeSpan.FromMilliseconds(100);

    // A call that does not end by itself (a health watch) is cut off after this.
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(2);

    // A log in memory is gone with the process, and those who watch have one of their own: only the journal reads it, at the start.
    private const int MemoryLog = 100;

    // Of former versions of policies in a file.
    private const long FileHistory = 256 * 1024 * 1024;

    private static readonly string[] HealthNames =
    [
        "", V1.Registry.Descriptor.FullName, V1.Config.Descriptor.FullName, V1.Discovery.Descriptor.FullName,
        V1.Events.Descriptor.FullName, V1.Queues.Descriptor.FullName,
        V1.Identity.Descriptor.FullName, V1.Trust.Descriptor.FullName,
        V1.Telemetry.Descriptor.FullName,
        Envoy.AggregatedDiscoveryService.Descriptor.FullName,
    ];

    private readonly ControlPlaneSettings _settings;
    private readonly WebApplication _web;

    public ControlPlaneApp(ControlPlaneSettings settings, TimeProvider time)
    {
        _settings = settings;
        // Empty: no file or variable but our own options decides how it runs. A folder that is there, as the one it was
        // started in may be gone.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        // OpenTelemetry looks for its variables in the configuration.
        builder.Configuration.AddEnvironmentVariables();
        // stdout is for the lines scripts wait for.
        var log = new Log(settings.LogLevel, Console.Error, time);
        AddLogging(builder.Logging, log);
        builder.WebHost.UseKestrelCore();
        builder.Services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory, BoundedTransport>());
        builder.Services.AddSingleton<Listeners>();
        builder.Services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<Listeners>());
        // Signals are the executable's business.
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, NoLifetime>());
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = LongestStop);
        AddRooms(builder.Services, settings, time);
        builder.Services.AddRouting();
        AddApi(builder.Services);
        OpenTelemetrySetup.Add(builder.Services, log);

        _web = builder.Build();
        Map(_web);
    }

    /// <summary>Where the API listens, once started.</summary>
    public IPEndPoint Grpc => Services.GetRequiredService<Listeners>().Grpc;

    /// <summary>Where the pages listen, once started.</summary>
    public IPEndPoint Http => Services.GetRequiredService<Listeners>().Http;

    /// <summary>The rooms, for tests.</summary>
    public IServiceProvider Services => _web.Services;

    /// <summary>Reads the store, applies the configuration, and listens.</summary>
    /// <exception cref="IOException">An address cannot be listened on; so do socket errors say.</exception>
    /// <exception cref="StoreException">The store cannot be read or written.</exception>
    /// <exception cref="Mesh.Messaging.MessagingException">The place of messages cannot be opened.</exception>
    /// <exception cref="TrustException">The store's authority is not the one that was asked for.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        var configs = Services.GetRequiredService<ConfigResources>();
        Services.GetRequiredService<ServiceRegistry>();
        Services.GetRequiredService<XdsStreams>();
        var journal = Services.GetRequiredService<Journal>();
        journal.Add(Services.GetRequiredService<TrustState>());
        journal.HistoryReplaced = Services.GetRequiredService<StreamScope>().EndThose;
        await journal.StartAsync(cancellation);
        await Services.GetRequiredService<MessageBroker>().StartAsync();
        await Services.GetRequiredService<Replica>().StartAsync(cancellation);
        await Services.GetRequiredService<Authority>().StartAsync();
        if (_settings.Config.Count != 0)
        {
            await configs.ApplyFileAsync(
                [.. _settings.Config.SelectMany(ConfigKinds.ChangesOf)],
                new ConfigOrigin("--config", "given at start"));
        }

        Services.GetRequiredService<Instruments>();
        await _web.StartAsync(cancellation);
        Services.GetRequiredService<Listeners>().Open();
        var registry = Services.GetRequiredService<ServiceRegistry>();
        registry.BeginServing();
        Services.GetRequiredService<FirstAnswers>().Begin(isRemembered: registry.State.InstanceCount > 0);
        SetHealth(HealthCheckResponse.Types.ServingStatus.Serving);
        Services.GetRequiredService<Readiness>().Ready();
    }

    /// <summary>Ends every stream with UNAVAILABLE and stops listening, within a few seconds.</summary>
    public async Task StopAsync()
    {
        Services.GetRequiredService<Readiness>().Draining();
        SetHealth(HealthCheckResponse.Types.ServingStatus.NotServing);
        await Services.GetRequiredService<StreamScope>().EndAllAsync(LongestEnd);
        await Task.Delay(ReadingTime);
        await _web.StopAsync();
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private static void AddLogging(ILoggingBuilder logging, Log log)
    {
        logging.AddFilter((category, entry) => LogFilter.Passes(category, entry, log.Level));
        logging.SetMinimumLevel(log.Level);
        Stdio.Watch(log);
        logging.AddProvider(new LineLoggerProvider(log));
    }

    private static void AddRooms(IServiceCollection services, ControlPlaneSettings settings, TimeProvider time)
    {
        services.AddSingleton(time);
        services.AddSingleton(settings);
        services.AddSingleton(settings.Registry);
        services.AddSingleton<Counters>();
        services.AddSingleton<ServiceRegistry>();
        services.AddSingleton(settings.Store);
        services.AddSingleton<IStore>(provider => Store(provider, settings.Store, time));
        services.AddSingleton(settings.Replica);
        services.AddSingleton<Replica>();
        services.AddSingleton<StoreIdentity>();
        services.AddSingleton<Journal>();
        services.AddSingleton(settings.Store.Path is null ? new HistoryBounds() : new HistoryBounds { MaxBytes = FileHistory });
        services.AddSingleton<ConfigResources>();
        services.AddSingleton(settings.Trust);
        services.AddSingleton<TrustState>();
        services.AddSingleton<Authority>();
        services.AddSingleton<JoinTokens>();
        services.AddSingleton<Joining>();
        services.AddSingleton<TrustSteering>();
        services.AddSingleton<IdentityService>();
        services.AddSingleton<TrustService>();
        services.AddSingleton<ResourceKinds>();
        services.AddSingleton<NodeStreams>();
        services.AddSingleton<FirstAnswers>();
        services.AddSingleton<XdsResources>();
        services.AddSingleton<XdsStreams>();
        services.AddSingleton<ChangeDispatcher>();
        services.AddHostedService(provider => provider.GetRequiredService<ChangeDispatcher>());
        services.AddSingleton<HealthServiceImpl>();
        services.AddSingleton<StreamScope>();
        services.AddSingleton<RegistryService>();
        services.AddSingleton<OtherControlPlanes>();
        services.AddSingleton<RolloutSignals>();
        services.AddSingleton<ConfigReceipts>();
        services.AddSingleton<StagedRollouts>();
        services.AddHostedService<RolloutJudge>();
        services.AddSingleton<SharedLimits>();
        services.AddHostedService<LimitDivider>();
        services.AddSingleton<ConfigService>();
        services.AddSingleton<DiscoveryService>();
        services.AddSingleton(settings.Broker);
        services.AddSingleton<MessageBroker>();
        services.AddSingleton<StreamPlaces>();
        services.AddSingleton<EventSubscriptions>();
        services.AddSingleton<QueueConsumers>();
        services.AddSingleton<EventsService>();
        services.AddSingleton<QueuesService>();
        services.AddSingleton<EventPages>();
        services.AddSingleton<QueuePages>();
        services.AddSingleton<MessagePages>();
        services.AddSingleton<CallQuestions>();
        services.AddSingleton<TelemetryService>();
        services.AddSingleton<AdsService>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<MetricsText>();
        services.AddSingleton(new PageGuard("--http-hosts", settings.HttpHosts));
        services.AddSingleton<AdminPages>();
        services.AddSingleton<Instruments>();
        services.AddHostedService<HeapUpkeep>();
    }

    private static IStore Store(IServiceProvider provider, StoreOptions options, TimeProvider time) => options switch
    {
        { Path: { } path } => new SqliteStore(path, options, time, provider.GetRequiredService<ILogger<SqliteStore>>()),
        { Etcd: { } etcd } => new EtcdStore(etcd, options, time, new Random(), provider.GetRequiredService<ILogger<EtcdStore>>()),
        _ => new MemoryStore(time, options with { LogRevisions = MemoryLog }),
    };

    private static void AddApi(IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<FaultInterceptor>();
            grpc.Interceptors.Add<ListInterceptor>();
            grpc.MaxReceiveMessageSize = LargeMessages.MaxBytes;
        });
        services.AddGrpcReflection();
        services.AddSingleton<FaultInterceptor>();
        services.AddSingleton<ListInterceptor>();
        services.AddSingleton<ListPlaces>();
        services.AddSingleton<UnreadableMessages>();
        services.AddSingleton<UnfinishedMessages>();
        services.AddOptions<GrpcServiceOptions>().Configure<UnreadableMessages>((grpc, unreadable) =>
        {
            grpc.CompressionProviders.Clear();
            grpc.CompressionProviders.Add(new GuardedCompression(unreadable));
        });
        services.RemoveAll(typeof(IServiceMethodProvider<>));
        services.AddSingleton(typeof(IServiceMethodProvider<>), typeof(GuardedMethods<>));
    }

    private static void Map(WebApplication web)
    {
        // Each listener speaks one protocol, so the protocol tells them apart, whatever the authority says.
        web.MapWhen(
            context => !HttpProtocol.IsHttp2(context.Request.Protocol),
            pages => pages.Run(web.Services.GetRequiredService<AdminPages>().HandleAsync));
        web.Use(LargeMessages.AnswerAsync);
        web.Use(ListInterceptor.ReadAsync);
        web.Use(web.Services.GetRequiredService<UnfinishedMessages>().BoundAsync);
        web.MapWhen(
            MessagePages.IsMeant,
            messages => messages.Run(context => web.Services.GetRequiredService<MessagePages>().HandleAsync(context, isBelieved: true)));
        web.MapGrpcService<RegistryService>();
        web.MapGrpcService<ConfigService>();
        web.MapGrpcService<DiscoveryService>();
        web.MapGrpcService<EventsService>();
        web.MapGrpcService<QueuesService>();
        web.MapGrpcService<IdentityService>();
        web.MapGrpcService<TrustService>();
        web.MapGrpcService<TelemetryService>();
        web.MapGrpcService<AdsService>();
        web.MapGrpcService<HealthServiceImpl>();
        web.MapGrpcReflectionService();
    }

    private void SetHealth(HealthCheckResponse.Types.ServingStatus status)
    {
        var health = Services.GetRequiredService<HealthServiceImpl>();
        foreach (var name in HealthNames)
        {
            health.SetStatus(name, status);
        }
    }
}
