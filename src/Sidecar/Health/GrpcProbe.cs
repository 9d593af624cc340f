using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;
using HealthApi = Grpc.Health.V1.Health;

namespace Mesh.Sidecar.Health;

/// <summary>Well is who says so: grpc.health.v1.Health/Check of the server as a whole.</summary>
internal sealed class GrpcProbe : HealthProbe
{
    private readonly GrpcChannel _channel;
    private readonly HealthApi.HealthClient _client;

    public GrpcProbe(Endpoint app)
    {
        _channel = GrpcChannel.ForAddress($"http://{app.Authority}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { UseProxy = false, ConnectCallback = PlainConnect.To(app) },
            DisposeHttpClient = true,
        });
        _client = new HealthApi.HealthClient(_channel);
    }

    public override HealthOption InForce { get; } = new(HealthKind.Grpc);

    /// <exception cref="RpcException">It does not say.</exception>
    public async Task<CheckResult> AskAsync(CancellationToken cancellation)
    {
        var response = await _client.CheckAsync(new HealthCheckRequest(), cancellationToken: cancellation);
        return response.Status == HealthCheckResponse.Types.ServingStatus.Serving
            ? CheckResult.Passed
            : CheckResult.Failed($"it says {response.Status}");
    }

    public override async Task<CheckResult> CheckAsync(CancellationToken cancellation)
    {
        try
        {
            return await AskAsync(cancellation);
        }
        catch (RpcException failure) when (failure.StatusCode == StatusCode.Unimplemented)
        {
            return CheckResult.Failed("it does not serve grpc.health.v1.Health; check it by tcp or http instead");
        }
        catch (RpcException failure)
        {
            cancellation.ThrowIfCancellationRequested();
            return Describe(failure);
        }
    }

    /// <summary>Why it did not say.</summary>
    public static CheckResult Describe(RpcException failure) =>
        CheckResult.Failed(ConnectionFailure.Describe(failure.Status.DebugException) ?? $"{failure.StatusCode}: {failure.Status.Detail}");

    public override void Dispose() => _channel.Dispose();
}
