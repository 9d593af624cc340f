using Mesh.Cli.Demo;
using Mesh.Cli.Metrics;

namespace Mesh.Cli.Tests.Metrics;

public sealed class EdgeReadingTests
{
    private const string Page = """
        # TYPE mesh_call_duration_seconds histogram
        mesh_call_duration_seconds_bucket{direction="outbound",service="users",method="/demo.v1.Users/GetUser",code="OK",le="0.01"} 8
        mesh_call_duration_seconds_bucket{direction="outbound",service="users",method="/demo.v1.Users/GetUser",code="OK",le="+Inf"} 8
        mesh_call_duration_seconds_count{direction="outbound",service="users",method="/demo.v1.Users/GetUser",code="OK"} 8
        mesh_call_duration_seconds_bucket{direction="outbound",service="users",method="/demo.v1.Users/GetUser",code="UNAVAILABLE",le="0.01"} 0
        mesh_call_duration_seconds_bucket{direction="outbound",service="users",method="/demo.v1.Users/GetUser",code="UNAVAILABLE",le="+Inf"} 2
        mesh_call_duration_seconds_count{direction="outbound",service="users",method="/demo.v1.Users/GetUser",code="UNAVAILABLE"} 2
        mesh_call_duration_seconds_bucket{direction="outbound",service="catalog",method="GET",code="HTTP_2XX",le="+Inf"} 8
        mesh_call_duration_seconds_count{direction="outbound",service="catalog",method="GET",code="HTTP_2XX"} 8
        mesh_call_duration_seconds_bucket{direction="outbound",service="catalog",method="GET",code="HTTP_5XX",le="+Inf"} 1
        mesh_call_duration_seconds_count{direction="outbound",service="catalog",method="GET",code="HTTP_5XX"} 1
        mesh_call_duration_seconds_bucket{direction="inbound",service="orders",code="OK",le="+Inf"} 99
        mesh_connections{direction="outbound",service="users"} 1
        """;

    [Fact]
    public void An_edge_is_all_calls_to_a_service_whatever_their_method_and_code()
    {
        var edges = EdgeReading.OfPage(Page);
        Assert.Equal(["catalog", "users"], edges.Keys.Order());
        Assert.Equal((10.0, 2.0), (edges["users"].Durations.Count, edges["users"].Failures));
        Assert.Equal((9.0, 1.0), (edges["catalog"].Durations.Count, edges["catalog"].Failures));
    }

    [Fact]
    public void Its_rate_is_that_of_the_time_between_two_readings()
    {
        var first = EdgeReading.OfPage(Page)["users"];
        var second = EdgeReading.OfPage(Page.Replace("} 8", "} 28"))["users"];
        var rate = EdgeRate.Of(second.Since(first), 10);
        Assert.Equal((2.0, 1.0), (rate.PerSecond, rate.Success));
        Assert.Equal(5.0, rate.P50, 6);
    }

    [Fact]
    public void A_page_without_calls_has_no_edges() => Assert.Empty(EdgeReading.OfPage("<html>not found</html>"));
}
