using Mesh.Sidecar.Admin.Prometheus;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>The families of /metrics about single endpoints.</summary>
internal sealed class EndpointMetrics(SidecarView view)
{
    public void Write(PrometheusWriter page)
    {
        Family(page, "mesh_endpoint_picks_total", "counter", "Attempts begun on the endpoint.", (_, e) => e.State.Load.Picks);
        Family(page, "mesh_endpoint_in_flight", "gauge", "Attempts under way on the endpoint.", (_, e) => e.State.Load.InFlight);
        Family(page, "mesh_endpoint_successes_total", "counter", "Attempts that succeeded or failed through no fault of the endpoint.", (_, e) => e.State.Load.Successes);
        Family(page, "mesh_endpoint_failures_total", "counter", "Attempts whose failure was the endpoint's, or its server's.", (_, e) => e.State.Load.Failures);
        Family(page, "mesh_endpoint_ewma_seconds", "gauge", "Average latency as the balancer sees it; 0 before the first answer.", Ewma);
        Family(page, "mesh_endpoint_healthy", "gauge", "1 if discovery says that it may be picked.", (_, e) => e.State.Model.IsHealthy ? 1 : 0);
        Family(page, "mesh_breaker_state", "gauge", "The endpoint's circuit breaker: 0 closed, 1 open, 2 half open.", (_, e) => (int)e.State.Breaker.StateAt(view.Now));
        Family(page, "mesh_breaker_opened_total", "counter", "How often the endpoint's breaker has opened.", (_, e) => e.State.Breaker.Opened);
        Family(page, "mesh_breaker_closed_total", "counter", "How often the endpoint's breaker has closed.", (_, e) => e.State.Breaker.Closed);
        Family(page, "mesh_breaker_ejected_total", "counter", "How often it has opened since its endpoint did worse than others (ejection).", (_, e) => e.State.Breaker.Ejected);
        Family(page, "mesh_breaker_overflow_total", "counter", "How often it would have opened, but as many endpoints were out as may be (max_ejection_percent).", (_, e) => e.State.Breaker.Overflows);
    }

    private double Ewma(Cluster cluster, Endpoint endpoint) =>
        endpoint.State.Load.EwmaMicros(view.Now, cluster.Policy.Balancing.EwmaDecay.Ticks) / 1e6;

    private void Family(PrometheusWriter page, string name, string type, string help, Func<Cluster, Endpoint, double> value)
    {
        page.Family(name, type, help);
        foreach (var (direction, cluster) in view.KnownClusters())
        {
            foreach (var endpoint in cluster.Endpoints)
            {
                // Neither id nor address alone tells endpoints apart: after a restart a lease may be there twice.
                page.Sample(
                    value(cluster, endpoint),
                    ("direction", direction.Word()),
                    ("service", cluster.Name),
                    ("endpoint", endpoint.Id),
                    ("address", endpoint.Address));
            }
        }
    }
}
