using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>A stream that is under way through the mesh: its first message has been answered, and it goes on until its caller ends it.</summary>
internal sealed class HeldCall : IAsyncDisposable
{
    private readonly Sidecar _caller;
    private readonly AsyncDuplexStreamingCall<EchoRequest, EchoReply> _call;

    private HeldCall(Sidecar caller, AsyncDuplexStreamingCall<EchoRequest, EchoReply> call)
    {
        _caller = caller;
        _call = call;
    }

    public Status Status => _call.GetStatus();

    /// <param name="plane">Which has a healthy instance of the service.</param>
    /// <param name="service">Whom it calls, through a sidecar of its own.</param>
    public static async Task<HeldCall> StartAsync(ControlPlane plane, string service = "echo")
    {
        var caller = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", $"{service}=127.0.0.1:0");
        var held = new HeldCall(caller, new Echo.EchoClient(caller.Channel(service)).Bidi(cancellationToken: Bound.Token));
        try
        {
            await held.EchoAsync();
            return held;
        }
        catch
        {
            await held.DisposeAsync();
            throw;
        }
    }

    /// <summary>One message more, and its answer.</summary>
    public async Task EchoAsync()
    {
        await _call.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await NextAsync());
    }

    /// <summary>Whether there is another answer; fails as the call does.</summary>
    public Task<bool> NextAsync() => _call.ResponseStream.MoveNext(Bound.Token);

    /// <summary>Its caller has said all, and so has who answers.</summary>
    public async Task EndAsync()
    {
        await _call.RequestStream.CompleteAsync();
        Assert.False(await NextAsync());
    }

    public async ValueTask DisposeAsync()
    {
        _call.Dispose();
        await _caller.DisposeAsync();
    }
}
