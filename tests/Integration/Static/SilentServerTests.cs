using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

/// <summary>A connection to an endpoint on which packets are lost from now on, where another one would work.</summary>
public sealed class SilentServerTests
{
    /// <summary>Twenty seconds, and time for a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(false)] // nothing is answered
    [InlineData(true)] // nothing is even acknowledged
    public async Task Calls_go_to_a_new_connection_soon_after_one_has_fallen_silent(bool packetsAreLost)
    {
        await using var server = await EchoServer.StartAsync();
        await using var relay = new SilentRelay(server.Address);
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", [relay.Address]));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var silent = client.Bidi();
        await silent.RequestStream.WriteAsync(new EchoRequest());
        Assert.True(await silent.ResponseStream.MoveNext(Bound.Token));
        await client.UnaryAsync(new Behaviour());
        Assert.Equal(1, relay.Accepted);

        relay.Silence(packetsAreLost);
        using var hanging = client.UnaryAsync(new EchoRequest());
        await Bound.UntilAsync(() => IsAnsweredAsync(client), () => "a call is answered", Limit);
        Assert.Equal(2, relay.Accepted);
        var lost = await Calls.FailureAsync(async () => await hanging);
        Assert.Equal(StatusCode.Unavailable, lost.StatusCode);
        Assert.Contains($"the connection to {relay.Address} was lost", lost.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Unavailable, (await Calls.FailureAsync(() => silent.ResponseStream.MoveNext(Bound.Token))).StatusCode);
    }

    /// <summary>One call that is given up soon, as those of most clients are.</summary>
    private static async Task<bool> IsAnsweredAsync(Echo.EchoClient client)
    {
        try
        {
            await client.UnaryAsync(new EchoRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(1));
            return true;
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.DeadlineExceeded or StatusCode.Unavailable)
        {
            return false;
        }
    }
}
