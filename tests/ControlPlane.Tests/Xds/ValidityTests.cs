using Google.Protobuf;
using Mesh.ControlPlane.Xds.Checking;
using Mesh.ControlPlane.Xds.Mapping;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Xds;

/// <summary>Nothing is sent that the oldest known client rejects or dies of, whatever was accepted.</summary>
public sealed class ValidityTests
{
    [Fact]
    public void Whatever_is_configured_every_client_can_take_what_it_is_sent()
    {
        var random = new Random(20260729);
        var policies = new RandomPolicy(random);
        var accepted = 0;
        for (var i = 0; i < 4000; i++)
        {
            var config = policies.Config();
            if (ConfigValidation.Validate("orders", config).Count > 0)
            {
                continue;
            }

            accepted++;
            foreach (var client in ClientClass.All)
            {
                var policy = PolicyTranslation.ToPolicy(config);
                var routes = RouteMapping.Of("orders", policy, client, "users");
                AssertTaken("orders", routes, config);
                foreach (var cluster in ClustersOf(routes))
                {
                    Assert.True(ClusterName.TryParse(cluster, out var name), cluster);
                    AssertTaken(cluster, ClusterMapping.Of(name, policy, client), config);
                    AssertTaken(cluster, EndpointMapping.Of(name, policies.Endpoints(), policy.Balancing, policies.Locality()), config);
                    Assert.False(client == ClientClass.OldCore && ClusterMapping.Of(name, policy, client).LbPolicy == Envoy.Cluster.Types.LbPolicy.RingHash);
                }
            }
        }

        Assert.InRange(accepted, 400, 4000);
    }

    [Theory]
    [InlineData("orders")]
    [InlineData("orders.mesh")]
    [InlineData("orders:8080")]
    [InlineData("grpc/server?xds.resource.listening_address=0.0.0.0:50051")]
    [InlineData("grpc/server?xds.resource.listening_address=[::1]:50051")]
    public void Every_listener_is_one_that_clients_or_servers_take(string text)
    {
        Assert.True(ListenerName.TryParse(text, out var name));
        AssertTaken(text, ListenerMapping.Of(text, name), null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Orders")]
    [InlineData("orders:")]
    [InlineData("orders:99999")]
    [InlineData("a/b")]
    [InlineData("grpc/server?xds.resource.listening_address=host:1")]
    [InlineData("grpc/server?xds.resource.listening_address=127.0.0.1:0")]
    public void What_is_no_name_has_no_listener(string text) => Assert.False(ListenerName.TryParse(text, out _));

    [Theory]
    [InlineData("/users/[0-9]+", true)]
    [InlineData("/(a|b)/.*", true)]
    [InlineData("/(?:a)\\.b", true)]
    [InlineData("/(?<n>a)", false)]
    [InlineData("(?i)/a", false)]
    [InlineData("/\\d+", false)]
    [InlineData("/a{2000}", false)]
    [InlineData("/[]a]", false)]
    [InlineData("/[a-z-[b]]", false)]
    [InlineData("/[^]", false)]
    [InlineData("/ä", false)]
    public void A_regular_expression_is_sent_only_if_it_means_the_same_to_all(string pattern, bool isSent) => Assert.Equal(isSent, PatternSubset.Holds(pattern));

    private static IEnumerable<string> ClustersOf(Envoy.RouteConfiguration routes) => routes.VirtualHosts[0].Routes
        .SelectMany(route => route.Route_.HasCluster ? [route.Route_.Cluster] : route.Route_.WeightedClusters.Clusters.Select(cluster => cluster.Name)).Distinct();

    private static void AssertTaken(string name, IMessage resource, ServiceConfig? config)
    {
        var fault = ResourceCheck.FaultOf(name, resource);
        Assert.True(fault is null, $"{fault}\n{config}\n{resource}");
    }
}
