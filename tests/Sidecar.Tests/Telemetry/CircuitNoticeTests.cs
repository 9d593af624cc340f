using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Policy.Ejecting;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.Circuits;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class CircuitNoticeTests
{
    private static readonly Outcome Unavailable = Outcome.FromGrpc(GrpcStatus.Unavailable);

    [Fact]
    public void A_line_names_the_service_the_instance_the_reason_and_the_time()
    {
        Assert.Equal(
            "circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: opened for 61.5s (failures in a row: 5, the last: UNAVAILABLE)",
            Line(CircuitChangeKind.Opened, Unavailable, 61.5));
        Assert.Equal(
            "circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: opened again for 90s, since its probe failed: connect_failed",
            Line(CircuitChangeKind.Reopened, Outcome.Failed(OutcomeReason.ConnectFailed, OutcomeSource.Upstream), 90));
        Assert.Equal(
            "circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: closed after 60s: its probes succeeded",
            Line(CircuitChangeKind.Closed, default, 60));
        Assert.Equal(
            "circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: would have opened for 60s (failures in a row: 5, the last: HTTP 503)"
                + " and stays closed: with max_ejection_percent 50 at most 0 of the service's endpoints may be out",
            Line(CircuitChangeKind.Overflowed, Outcome.FromHttp(503), 60));
    }

    [Fact]
    public void Of_an_outlier_it_says_by_what_it_is_one()
    {
        var outlier = new Outlier(2, 480, 62.04, 81.26);
        Assert.Equal(
            "circuit of 'orders', instance 'orders-1' at 127.0.0.1:5: opened for 30s (an outlier: 62.0 % of its 480 calls succeeded, at least 81.3 % should have)",
            Line(CircuitChangeKind.Opened, default, 30, outlier));
        Assert.Contains(
            "would have opened for 30s (an outlier: 62.0 % of its 480 calls succeeded, at least 81.3 % should have) and stays closed",
            Line(CircuitChangeKind.Overflowed, default, 30, outlier),
            StringComparison.Ordinal);
    }

    private static string Line(CircuitChangeKind kind, Outcome cause, double seconds, Outlier? outlier = null)
    {
        var share = new EjectionShare(1, 50);
        var endpoint = new Endpoint("orders", "orders-1", "127.0.0.1:5", new EndpointState("orders-1", new CircuitBreaker(BreakerOptions.Default, share)));
        return new CircuitNotice(endpoint, share.Limit, share.MaxPercent, new CircuitChange(kind, 5, cause, TimeSpan.FromSeconds(seconds).Ticks) { Outlier = outlier }).ToString();
    }
}
