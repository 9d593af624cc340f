using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.Tests;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Registration;

/// <summary>A registry that answers as a test has it, or not at all.</summary>
internal sealed class ScriptedRegistry : IAsyncDisposable
{
    private readonly Channel<string> _registrations = Channel.CreateUnbounded<string>();
    private volatile bool _isSilent;
    private int _heartbeats;
    private ScriptedHost _host = null!;

    public Uri Url => _host.Url;

    /// <summary>What it grants.</summary>
    public Duration? LeaseTtl { get; set; } = Duration.FromTimeSpan(TimeSpan.FromSeconds(10));

    /// <summary>It reads, and answers nothing more on the streams there are; those to come are answered.</summary>
    public void FallSilent() => _isSilent = true;

    /// <summary>Heartbeats that were answered.</summary>
    public int Heartbeats => Volatile.Read(ref _heartbeats);

    public static async Task<ScriptedRegistry> StartAsync()
    {
        var registry = new ScriptedRegistry();
        registry._host = await ScriptedHost.StartAsync<Service>(registry);
        return registry;
    }

    /// <summary>The next registration that was answered.</summary>
    /// <returns>The connection it came on.</returns>
    public Task<string> RegistrationAsync() => _registrations.Reader.ReadAsync().AsTask();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

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
