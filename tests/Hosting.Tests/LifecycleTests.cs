using System.Net;

namespace Mesh.Hosting.Tests;

public sealed class LifecycleTests
{
    [Fact]
    public void Listeners_and_readiness_are_announced_line_by_line()
    {
        var output = new StringWriter();
        Announce.Listening("grpc", new IPEndPoint(IPAddress.Loopback, 15010), output);
        Announce.Listening("http", new HostPort("::1", 80), output);
        Announce.Ready(output);
        Assert.Equal(["listening grpc 127.0.0.1:15010", "listening http [::1]:80", "ready"],
            output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task The_first_wish_to_end_cancels_the_drain_token()
    {
        using var shutdown = new Shutdown();
        var waiting = shutdown.WaitAsync();
        Assert.False(waiting.IsCompleted);
        shutdown.Begin();
        await waiting;
        Assert.True(shutdown.Drain.IsCancellationRequested);
    }
}
