using System.Net.Sockets;
using Mesh.Hosting;

namespace Mesh.Sidecar.Health;

/// <summary>Well is who accepts a connection.</summary>
internal sealed class TcpProbe(HostPort app) : HealthProbe
{
    public override async Task<CheckResult> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(app.Host, app.Port, cancellation).ConfigureAwait(false);
            return CheckResult.Passed;
        }
        catch (SocketException failure)
        {
            return CheckResult.Failed(failure.Message);
        }
    }

    public override void Dispose()
    {
        // Each check has a socket of its own.
    }
}
