using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Processes;

namespace Mesh.Cli.Tests.Processes;

public sealed class HeldPortTests
{
    [Fact]
    public void Nobody_who_asks_for_a_free_port_is_given_it()
    {
        using var held = new HeldPort();
        var port = IPEndPoint.Parse(held.Address).Port;
        var others = Enumerable.Range(0, 1000).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToList();
        foreach (var other in others)
        {
            other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }

        Assert.DoesNotContain(port, others.Select(other => ((IPEndPoint)other.LocalEndPoint!).Port));
        others.ForEach(other => other.Dispose());
    }

    [Fact]
    public async Task The_program_that_it_is_held_for_listens_on_it_and_goes_on_when_it_is_let_go()
    {
        var held = new HeldPort();
        await using var service = ChildProcess.Start("users", Built.Executable("mesh-demo"), ["users", "--listen", held.Address], []);
        await service.ReadyAsync(Built.Limit, default);
        Assert.Equal(held.Address, service.Listener("grpc"));
        held.Dispose();
        using var client = new TcpClient();
        await client.ConnectAsync(IPEndPoint.Parse(held.Address));
    }
}
