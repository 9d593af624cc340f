using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Load;

namespace Mesh.Cli.Tests.Load;

public sealed class ServiceChannelsTests
{
    [Fact]
    public async Task A_failure_names_the_address_that_was_dialled()
    {
        // Bound and not listened on: whoever dials it is refused.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = closed.LocalEndPoint!.ToString()!;
        using var channels = ServiceChannels.Through(address, ["users", "orders"]);
        var log = new CallLog();
        await new ShopCalls(channels, TimeProvider.System).MakeAsync(CallKind.GetUser, 1, log, default);
        var failure = Assert.Single(log.Failures);
        Assert.Contains(address, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("users:", failure, StringComparison.Ordinal);
    }
}
