using System.Net.Sockets;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Health;

/// <summary>Well is who accepts a connection.</summary>
internal sealed class TcpProbe(Endpoint app) : HealthProbe
{
    public override HealthOption InForce { get; } = new(HealthKind.Tcp);

    public override async Task<CheckResult> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            using var socket = await EndpointDialer.ConnectAsync(app, cancellation);
            return CheckResult.Passed;
        }
        catch (SocketException failure)
        {
            return CheckResult.Failed(ConnectionFailure.Describe(failure) ?? failure.Message);
        }
    }

    public override void Dispose()
    {
        // Each check has a socket of its own.
    }
}
