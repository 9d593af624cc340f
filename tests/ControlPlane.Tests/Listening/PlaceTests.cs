using System.Net;
using System.Net.Sockets;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Listening;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Listening;

public sealed class PlaceTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_read_and_not_begun_yet_has_been_said(bool isClosed)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere nobody counts
        }

        var places = new ConnectionPlaces("--grpc", isForGood: true, TimeProvider.System, new Counters(), NullLogger<ConnectionPlaces>.Instance);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync();
        var place = places.Enter(accepted, () => { });
        Assert.Equal((false, false), (place.HasSpoken, place.IsHeld));

        // To close says nothing.
        if (!isClosed)
        {
            await client.GetStream().WriteAsync("P"u8.ToArray());
        }

        client.Client.Shutdown(SocketShutdown.Send);
        while (await accepted.ReceiveAsync(new byte[10]).WaitAsync(Bound.Time) > 0)
        {
        }

        Assert.Equal((!isClosed, false), (place.HasSpoken, place.IsHeld));
    }
}
