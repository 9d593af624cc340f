using System.Net;
using System.Net.Sockets;

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
    public void An_address_that_cannot_be_listened_on_is_named_by_its_option()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var address = new HostPort("127.0.0.1", ((IPEndPoint)taken.LocalEndPoint!).Port);
        Assert.Equal(
            $"--http {address}: address already in use; end who has it, or choose another port",
            ListenFault.Find(new IOException("?"), ("--grpc", new HostPort("127.0.0.1", 0)), ("--http", address)));
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
