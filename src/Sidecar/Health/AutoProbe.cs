using Grpc.Core;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Health;

/// <summary>
/// Finds out how the app can be asked: by gRPC's health service if it has that, else by a connection. Found out when the app
/// first takes a connection, and again when it has been away, since another may have come up in its place.
/// </summary>
internal sealed class AutoProbe(Endpoint app) : HealthProbe
{
    /// <summary>An app that answers nothing to gRPC may be a busy one with a health service, or wait for bytes of another protocol.</summary>
    private const int MostSilences = 3;

    /// <summary>Of the time for the whole check, so that what a connection says is still heard.</summary>
    private static readonly TimeSpan AskLimit = HealthMonitor.Limit / 2;

    private readonly TcpProbe _tcp = new(app);
    private readonly GrpcProbe _grpc = new(app);
    private HealthKind _kind = HealthKind.Auto;
    private int _silences;

    public override HealthOption InForce => new(_kind);

    public override async Task<CheckResult> CheckAsync(CancellationToken cancellation)
    {
        var connected = await _tcp.CheckAsync(cancellation);
        if (!connected.IsHealthy)
        {
            (_kind, _silences) = (HealthKind.Auto, 0);
            return connected;
        }

        return _kind == HealthKind.Tcp ? connected : await AskAsync(connected, cancellation);
    }

    public override void Dispose()
    {
        _tcp.Dispose();
        _grpc.Dispose();
    }

    private async Task<CheckResult> AskAsync(CheckResult connected, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AskLimit);
        try
        {
            var said = await _grpc.AskAsync(limit.Token);
            _kind = HealthKind.Grpc;
            return said;
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.Unimplemented)
        {
            _kind = HealthKind.Tcp;
            return connected;
        }
        catch (Exception failure) when (failure is RpcException or OperationCanceledException)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_kind == HealthKind.Grpc)
            {
                return failure is RpcException rpc && !limit.IsCancellationRequested
                    ? GrpcProbe.Describe(rpc)
                    : CheckResult.Failed("its health service does not answer");
            }

            // Not gRPC at all, unless it is only silent.
            _kind = !limit.IsCancellationRequested || ++_silences == MostSilences ? HealthKind.Tcp : HealthKind.Auto;
            return connected;
        }
    }
}
