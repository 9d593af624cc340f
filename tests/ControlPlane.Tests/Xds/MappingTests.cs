using Google.Protobuf.Collections;
using Mesh.ControlPlane.Xds.Mapping;
using Mesh.Policy.Balancing;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.V1;
using Endpoint = Mesh.V1.Endpoint;

namespace Mesh.ControlPlane.Tests.Xds;

public sealed class MappingTests
{
    [Theory]
    [InlineData("gRPC C-core linux Python", "C-core 29.0.0 Python 1.51.1", "C-core up to 1.51")]
    [InlineData("gRPC C-core linux csharp", "C-core 24.0.0 csharp 2.46.5", "C-core up to 1.51")]
    [InlineData("gRPC C-core linux C++", "C-core 37.0.0 C++ 1.60.0", "C-core")]
    [InlineData("gRPC C-core linux Python", "", "C-core up to 1.51")]
    [InlineData("gRPC Node Pure JS", "1.14.1", "grpc-js")]
    [InlineData("gRPC Go", "1.70.0", "Go")]
    [InlineData("gRPC Java", "1.70.0", "Java")]
    [InlineData("envoy", "1.30", "other")]
    public void Clients_are_told_apart_by_what_they_say_of_themselves(string agent, string version, string name) =>
        Assert.Equal(name, ClientClass.Of(agent, version).Name);

    [Fact]
    public void An_inverted_value_is_two_routes_and_a_split_has_the_sum_of_its_weights()
    {
        var routes = RoutesOf("""
            routes:
            - name: canary
              match: {prefix: /pkg.Shop/, headers: [{name: x-user, exact: ann, invert: true}]}
              backends:
              - {subset: {version: v2}, weight: 1}
              - {service: users, weight: 3}
              - {service: payments, weight: 0}
            """, ClientClass.Node);
        Assert.Equal(3, routes.Count);
        Assert.Equal("{ \"prefix\": \"/pkg.Shop/\", \"headers\": [ { \"name\": \"x-user\", \"presentMatch\": true, \"invertMatch\": true } ] }", routes[0].Match.ToString());
        Assert.Equal("{ \"prefix\": \"/pkg.Shop/\", \"headers\": [ { \"name\": \"x-user\", \"exactMatch\": \"ann\", \"invertMatch\": true } ] }", routes[1].Match.ToString());
        Assert.Equal(
            "{ \"clusters\": [ { \"name\": \"orders?version=v2\", \"weight\": 1 }, { \"name\": \"users\", \"weight\": 3 } ], \"totalWeight\": 4 }",
            routes[1].Route_.WeightedClusters.ToString());
        Assert.Equal("{ \"cluster\": \"orders\" }", routes[2].Route_.ToString());
    }

    [Fact]
    public void What_no_call_of_gRPC_meets_and_what_clients_cannot_be_told_is_left_out()
    {
        var routes = RoutesOf("""
            routes:
            - match: {http_method: GET}
            - match: {query: [{name: q}]}
            - match: {path_regex: "/(?i)x"}
            - match: {source: {service: others}}
            - name: mine
              match: {source: {service: web}, prefix: /a}
            """, ClientClass.Node);
        Assert.Equal(["mine", "default"], routes.Select(route => route.Name));
    }

    [Fact]
    public void Only_the_methods_that_may_be_tried_again_are()
    {
        var routes = RoutesOf("retry: {max_attempts: 8, codes: [UNAVAILABLE, ABORTED], methods: [/pkg.Shop/, /pkg.Users/Get], backoff_base: 0s}", ClientClass.Node);
        Assert.Equal(
            ["/pkg.Shop/ 4", "/pkg.Users/Get 4", "/ -"],
            routes.Select(route => $"{(route.Match.HasPath ? route.Match.Path : route.Match.Prefix)} {route.Route_.RetryPolicy?.NumRetries?.ToString() ?? "-"}"));
        Assert.Equal("{ \"retryOn\": \"unavailable\", \"numRetries\": 4, \"retryBackOff\": { \"baseInterval\": \"0.001s\", \"maxInterval\": \"0.250s\" } }", routes[0].Route_.RetryPolicy.ToString());
    }

    [Fact]
    public void A_time_is_longer_for_those_who_end_calls_too_early()
    {
        const string config = "timeouts: {request: 1s}";
        Assert.Equal("{ \"maxStreamDuration\": \"1s\" }", RoutesOf(config, ClientClass.Node)[0].Route_.MaxStreamDuration.ToString());
        Assert.Equal("{ \"maxStreamDuration\": \"3s\" }", RoutesOf(config, ClientClass.OldCore)[0].Route_.MaxStreamDuration.ToString());
        Assert.Null(RoutesOf("timeouts: {request: 0s}", ClientClass.Node)[0].Route_.MaxStreamDuration);
    }

    [Fact]
    public void A_routes_own_answers_and_faults_are_aborts()
    {
        var routes = RoutesOf("""
            fault: {abort: {code: INTERNAL, percent: 0.5}}
            routes:
            - match: {exact: /a/B}
              redirect: {path: /c}
            - match: {exact: /a/C}
              direct_response: {code: NOT_FOUND}
            """, ClientClass.Node);
        Assert.Equal(
            [(9u, 1_000_000u), (5u, 1_000_000u), (13u, 5_000u)],
            routes.Select(route => route.TypedPerFilterConfig[ListenerMapping.FaultFilter].Unpack<Envoy.HTTPFault>().Abort).Select(abort => (abort.GrpcStatus, abort.Percentage.Numerator)));
    }

    [Fact]
    public void A_breakers_rate_becomes_the_ejection_of_outliers()
    {
        var policy = PolicyOf("breaker: {failure_rate: 50, min_requests: 7, window: 5s, open: 10s}");
        var outliers = ClusterMapping.Of(ClusterName.Whole("orders"), policy, ClientClass.OldCore).OutlierDetection;
        Assert.Equal(
            "{ \"interval\": \"5s\", \"baseEjectionTime\": \"10s\", \"maxEjectionPercent\": 50, \"enforcingConsecutive5xx\": 0, \"enforcingSuccessRate\": 0, \"failurePercentageThreshold\": 49, "
            + "\"enforcingFailurePercentage\": 100, \"failurePercentageMinimumHosts\": 1, \"failurePercentageRequestVolume\": 7, \"maxEjectionTime\": \"300s\" }", outliers.ToString());
        Assert.Null(ClusterMapping.Of(ClusterName.Whole("orders"), ServicePolicyOptions.Default, ClientClass.OldCore).OutlierDetection);
    }

    [Fact]
    public void Weights_are_localities_and_the_near_come_first()
    {
        Endpoint[] endpoints =
        [
            At("10.0.0.1:1", "eu/a", 100), At("10.0.0.2:1", "eu/a", 100), At("10.0.0.3:1", "eu/a", 300), At("10.0.0.4:1", "eu/b", 100), At("10.0.0.5:1", "us/a", 100),
            At("10.0.0.6:1", "eu/a", 100, ServiceStatus.Draining), At("host.example:1", "eu/a", 100),
        ];
        Assert.Equal("p0 eu/a/w100=200:2 p0 eu/a/w300=300:1 p1 eu/b/w100=100:1 p2 us/a/w100=100:1", Text(endpoints, LocalityPreference.Zone, "eu/a"));
        Assert.Equal("p0 us/a/w100=100:1 p1 eu/a/w100=200:2 p1 eu/a/w300=300:1 p1 eu/b/w100=100:1", Text(endpoints, LocalityPreference.Region, "us/z"));
        Assert.Equal("p0 eu/a/w100=200:2 p0 eu/a/w300=300:1 p0 eu/b/w100=100:1 p0 us/a/w100=100:1", Text(endpoints, LocalityPreference.Any, "us/a"));
    }

    [Fact]
    public void Where_too_few_are_well_all_are_called_but_those_that_go()
    {
        Endpoint[] endpoints =
        [
            At("10.0.0.1:1", "", 100), At("10.0.0.2:1", "", 100, ServiceStatus.Unhealthy), At("10.0.0.3:1", "", 100, ServiceStatus.Unhealthy), At("10.0.0.4:1", "", 100, ServiceStatus.Draining),
        ];
        var all = EndpointMapping.Of(ClusterName.Whole("orders"), endpoints, BalancingOptions.Default, "").Endpoints.SelectMany(one => one.LbEndpoints);
        Assert.Equal([Envoy.HealthStatus.Healthy, Envoy.HealthStatus.Unknown, Envoy.HealthStatus.Unknown], all.Select(one => one.HealthStatus));
        Assert.Single(EndpointMapping.Of(ClusterName.Whole("orders"), endpoints, BalancingOptions.Default with { PanicThresholdPercent = 0 }, "").Endpoints);
    }

    [Fact]
    public void Who_steps_in_comes_after_those_who_are_asked_for_and_before_them_if_they_are_not_well()
    {
        Endpoint[] endpoints =
        [
            At("10.0.0.1:1", "", 100, version: "v1"), At("10.0.0.2:1", "", 100, version: "v2"),
        ];
        Assert.True(ClusterName.TryParse("orders?version=v2|", out var name));
        Assert.Equal(["10.0.0.2", "10.0.0.1"], Addresses(name, endpoints));
        endpoints[1].Status = ServiceStatus.Unhealthy;
        Assert.Equal(["10.0.0.1", "10.0.0.2"], Addresses(name, endpoints));

        static IEnumerable<string> Addresses(ClusterName name, Endpoint[] endpoints) =>
            EndpointMapping.Of(name, endpoints, BalancingOptions.Default, "").Endpoints.OrderBy(one => one.Priority).SelectMany(one => one.LbEndpoints).Select(one => one.Endpoint.Address.SocketAddress.Address);
    }

    private static Endpoint At(string address, string locality, uint weight, ServiceStatus status = ServiceStatus.Healthy, string version = "") =>
        new() { Address = address, Locality = locality, Weight = weight, Status = status, Version = version };

    private static string Text(Endpoint[] endpoints, LocalityPreference preference, string locality) => string.Join(' ',
        EndpointMapping.Of(ClusterName.Whole("orders"), endpoints, BalancingOptions.Default with { Locality = preference }, locality).Endpoints
            .Select(one => $"p{one.Priority} {one.Locality.Region}/{one.Locality.Zone}/{one.Locality.SubZone}={one.LoadBalancingWeight}:{one.LbEndpoints.Count}"));

    private static RepeatedField<Envoy.Route> RoutesOf(string config, ClientClass client) =>
        RouteMapping.Of("orders", PolicyOf(config), client, "web").VirtualHosts[0].Routes;

    private static ServicePolicyOptions PolicyOf(string config)
    {
        var read = new ConfigReader();
        read.Read($"service: orders\nconfig:\n  {config.ReplaceLineEndings("\n  ")}\n", "test");
        Assert.Empty(read.Faults);
        return PolicyTranslation.ToPolicy(read.Resources[0].Config);
    }
}
