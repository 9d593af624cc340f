using Grpc.Health.V1;
using Grpc.HealthCheck;
using Mesh.DemoServices.Catalog;
using Mesh.DemoServices.Messaging;
using Mesh.DemoServices.Notifications;
using Mesh.DemoServices.Orders;
using Mesh.DemoServices.Payments;
using Mesh.DemoServices.Users;
using Mesh.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.DemoServices.Server;

/// <summary>Puts one of the services on a server of its own, with health beside it, and reflection where it speaks gRPC.</summary>
internal static class DemoServer
{
    /// <summary>Messages of some size are part of what the mesh is tried with; gRPC's own limit is 4 MiB.</summary>
    private const int MaxMessage = 64 * 1024 * 1024;

    /// <summary>How long calls under way may take to finish at SIGTERM.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    public static WebApplication Build(DemoOptions options)
    {
        // Empty: neither appsettings.json nor ASPNETCORE_URLS has a say here. OpenTelemetry, however, looks for its
        // variables in the configuration.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddEnvironmentVariables();
        // That it cannot listen is told in one line when the process ends; these tell it with stack traces.
        builder.Logging.SetMinimumLevel(LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.None)
            .AddProvider(new LineLoggerProvider(new Log(LogLevel.Warning, Console.Error, TimeProvider.System)));
        builder.WebHost.UseKestrel(server =>
            server.Listen(options.Listen, listener => listener.Protocols = options.IsWeb ? HttpProtocols.Http1 : HttpProtocols.Http2));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Grace);
        builder.Services.AddRouting();
        if (!options.IsWeb)
        {
            builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = MaxMessage);
            builder.Services.AddGrpcReflection();
            builder.Services.AddSingleton<HealthServiceImpl>();
        }

        builder.Services.AddSingleton(TimeProvider.System);
        Telemetry.Add(builder.Services, options);
        AddService(builder.Services, options);
        if (options.Messages is { } messages)
        {
            AddMessaging(builder.Services, options.Service, messages);
        }

        var app = builder.Build();
        app.UseRouting();
        MapService(app, options.Service);
        if (!options.IsWeb)
        {
            app.MapGrpcReflectionService();
            MapHealth(app, options.Service);
        }

        return app;
    }

    private static void AddService(IServiceCollection services, DemoOptions options)
    {
        switch (options.Service)
        {
            case DemoService.Users:
                services.AddSingleton(new UserDirectory(options.Instance));
                break;
            case DemoService.Orders:
                services.AddSingleton<OrderBook>();
                services.AddSingleton<OrderPlacement>();
                services.AddCalled<Demo.V1.Users.UsersClient>(options.Users);
                services.AddCalled<Demo.V1.Payments.PaymentsClient>(options.Payments);
                services.AddCalled<Demo.V1.Notifications.NotificationsClient>(options.Notifications);
                break;
            case DemoService.Payments:
                services.AddSingleton<PaymentLedger>();
                services.AddCalled<Demo.V1.Users.UsersClient>(options.Users);
                break;
            case DemoService.Notifications:
                services.AddSingleton<Outbox>();
                break;
            case DemoService.Catalog:
                services.AddSingleton(new ItemCatalog(options.Instance));
                break;
        }
    }

    private static void AddMessaging(IServiceCollection services, DemoService service, Uri address)
    {
        services.AddSingleton(new MessagingChannel(address));
        services.AddSingleton<EventPublisher>();
        switch (service)
        {
            case DemoService.Users:
                services.AddHostedService<UserNews>();
                break;
            case DemoService.Notifications:
                services.AddHostedService<Inbox>();
                services.AddHostedService<EmailWorker>();
                services.AddHostedService<WelcomeWorker>();
                break;
        }
    }

    // What a service calls inherits the deadline and the cancellation of the call it is made for.
    private static void AddCalled<TClient>(this IServiceCollection services, Uri? address)
        where TClient : class =>
        services.AddGrpcClient<TClient>(client => client.Address = address)
            // What a shell's proxy variables say is meant for other traffic.
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true })
            .EnableCallContextPropagation();

    private static void MapService(WebApplication app, DemoService service)
    {
        switch (service)
        {
            case DemoService.Users:
                app.MapGrpcService<UsersService>();
                break;
            case DemoService.Orders:
                app.MapGrpcService<OrdersService>();
                break;
            case DemoService.Payments:
                app.MapGrpcService<PaymentsService>();
                break;
            case DemoService.Notifications:
                app.MapGrpcService<NotificationsService>();
                break;
            case DemoService.Catalog:
                CatalogPages.Map(app);
                break;
        }
    }

    // Healthy while it serves; whoever asks during the drain is told to go elsewhere.
    private static void MapHealth(WebApplication app, DemoService service)
    {
        var health = app.Services.GetRequiredService<HealthServiceImpl>();
        var names = new[] { "", $"demo.v1.{service}" };
        Array.ForEach(names, name => health.SetStatus(name, HealthCheckResponse.Types.ServingStatus.Serving));
        app.Lifetime.ApplicationStopping.Register(() =>
            Array.ForEach(names, name => health.SetStatus(name, HealthCheckResponse.Types.ServingStatus.NotServing)));
        app.MapGrpcService<HealthServiceImpl>();
    }
}
