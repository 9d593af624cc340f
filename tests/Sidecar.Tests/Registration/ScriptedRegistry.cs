using System.Net;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Sidecar.Tests.Discovery;
using Mesh.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar.Tests.Registration;

/// <summary>A registry that answers as a test has it, or not at all.</summary>
internal sealed class ScriptedRegistry : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<string> _registrations = Channel.CreateUnbounded<string>();
    private volatile bool _isSilent;
    private int _heartbeats;

    private ScriptedRegistry()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public Uri Url { get; private set; } = null!;

    /// <summary>What it grants.</summary>
    public Duration? LeaseTtl { get; set; } = Duration.FromTimeSpan(TimeSpan.FromSeconds(10));

    /// <summary>It reads, and answers nothing more on the streams there are; those to come are answered.</summary>
    public void FallSilent() => _isSilent = true;

    /// <summary>Heartbeats that were answered.</summary>
    public int Heartbeats => Volatile.Read(ref _heartbeats);

    public static async Task<ScriptedRegistry> StartAsync()
    {
        var registry = new ScriptedRegistry();
        await registry._app.StartAsync();
        var addresses = registry._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        registry.Url = new Uri(addresses.Addresses.First());
        return registry;
    }

    /// <summary>The next registration that was answered.</summary>
    /// <returns>The connection it came on.</returns>
    public Task<string> RegistrationAsync() => _registrations.Reader.ReadAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private sealed class Service(ScriptedRegistry registry) : Registry.RegistryBase
    {
        public override async Task Register(
            IAsyncStreamReader<RegisterRequest> requestStream, IServerStreamWriter<RegisterResponse> responseStream, ServerCallContext context)
        {
            registry._isSilent = false;
            while (await requestStream.MoveNext(context.CancellationToken))
            {
                if (!registry._isSilent)
                {
                    await responseStream.WriteAsync(new RegisterResponse { LeaseTtl = registry.LeaseTtl });
                    if (requestStream.Current.Registration is not null)
                    {
                        registry._registrations.Writer.TryWrite(context.Peer);
                    }
                    else
                    {
                        Interlocked.Increment(ref registry._heartbeats);
                    }
                }
            }
        }
    }
}
