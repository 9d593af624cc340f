using System.Text;
using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Hedging;
using Mesh.Policy.Retrying;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Snapshot;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class ServiceDirectoryTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceDirectory _directory;

    public ServiceDirectoryTests() => _directory = new([], isWhole: false, _time);

    [Theory]
    [InlineData(ServiceStatus.Healthy, false)]
    [InlineData(ServiceStatus.Unspecified, false)]
    [InlineData(ServiceStatus.Unhealthy, true)]
    [InlineData(ServiceStatus.Starting, true)]
    public void Instances_that_drain_are_left_out_only_while_there_is_one_that_is_well(ServiceStatus other, bool areThere)
    {
        _directory.SetPolicy("users", 0, ServicePolicyOptions.Default);
        Endpoint draining = new() { Id = "users-1", Address = "127.0.0.1:5001", Status = ServiceStatus.Draining };
        Endpoint next = new() { Id = "users-2", Address = "127.0.0.1:5002", Status = other };
        Assert.Equal(areThere ? ["users-1", "users-2"] : ["users-2"], Endpoints([draining, next]));
        Assert.Equal(["users-1"], Endpoints([draining]));
    }

    [Fact]
    public void A_subset_follows_the_endpoints_and_is_made_anew_only_when_they_change()
    {
        SetRoutes("orders", To("users", "v2"), To("users", "v1"));
        SetVersions(("users-1", "v1"), ("users-2", "v2"));
        var first = Choice("v2");
        Assert.Equal(["users-2"], first.Endpoints.Select(endpoint => endpoint.Id));
        Assert.NotNull(Choice("v1"));

        SetRoutes("orders", To("users", "v2"));
        Assert.Same(first, Choice("v2"));
        Assert.Single(_directory.Current.ChoicesOf(Users)); // what no route leads to is forgotten

        SetVersions(("users-1", "v2"), ("users-2", "v2"), ("users-3", "v1"));
        var second = Choice("v2");
        Assert.Equal(["users-1", "users-2"], second.Endpoints.Select(endpoint => endpoint.Id));
        Assert.Same(first.Endpoints[0], second.Endpoints[1]);
        Assert.Same(first.Balancer, second.Balancer); // or a rotation would begin anew with each change
    }

    [Fact]
    public void What_has_been_learned_outlives_a_policy_that_says_the_same_again()
    {
        SetVersions(("users-1", "v1"), ("users-2", "v2"));
        SetLearning(delayMs: 10, header: "x-user");
        var former = Users;
        SetLearning(delayMs: 10, header: "x-user");
        Assert.NotSame(former, Users);
        Assert.Same(former.Balancer, Users.Balancer); // with its table
        Assert.Same(former.Routes[0].Hedging, Users.Routes[0].Hedging); // with how long answers take
        Assert.Same(former.Routes[0].Budget, Users.Routes[0].Budget);
        SetLearning(delayMs: 20, header: "x-tenant");
        Assert.NotSame(former.Balancer, Users.Balancer);
        Assert.NotSame(former.Routes[0].Hedging, Users.Routes[0].Hedging);

        void SetLearning(int delayMs, string header)
        {
            var methods = new MethodSet(["/shop.Orders/"]);
            _directory.SetPolicy("users", 1, ServicePolicyOptions.Default with
            {
                Balancing = new BalancingOptions { Kind = BalancerKind.RingHash, HashOn = [new HashOptions(HashSource.Header, header)] },
                Retry = new RetryOptions { Methods = methods },
                Routes = [new RouteOptions { Name = "all", Hedging = new HedgingOptions { Delay = TimeSpan.FromMilliseconds(delayMs), Percentile = 95, Methods = methods } }],
            });
            _directory.Publish();
        }
    }

    [Fact]
    public void Who_comes_to_others_or_is_well_again_warms_up_from_then_on()
    {
        _directory.SetPolicy("users", 0, ServicePolicyOptions.Default);
        Endpoint old = new() { Id = "users-1", Address = "127.0.0.1:5001", Status = ServiceStatus.Healthy };
        Endpoint young = new() { Id = "users-2", Address = "127.0.0.1:5002", Status = ServiceStatus.Healthy };
        Endpoints([old]);
        _time.Advance(TimeSpan.FromSeconds(100));
        Endpoints([old, young]);
        Assert.InRange(Users.Endpoints[0].State.WarmingSince, long.MinValue, -TimeSpan.TicksPerDay); // it was there from the beginning
        Assert.InRange(Age(Users.Endpoints[1]), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        _time.Advance(TimeSpan.FromSeconds(100));
        Endpoints([old, young]);
        Assert.InRange(Age(Users.Endpoints[1]), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(101));
        old.Status = ServiceStatus.Unhealthy;
        Endpoints([old, young]);
        old.Status = ServiceStatus.Healthy;
        Endpoints([old, young]);
        Assert.InRange(Age(Users.Endpoints[0]), TimeSpan.Zero, TimeSpan.FromSeconds(1));

        TimeSpan Age(Sidecar.Upstream.Endpoint endpoint) => _time.GetElapsedTime(0) - TimeSpan.FromTicks(endpoint.State.WarmingSince);
    }

    private Cluster Users => _directory.Current.Find("users"u8)!;

    private Cluster Choice(string version) => _directory.Current.ChoicesOf(Users).Single(choice => choice.Subset.Version == version);

    private static BackendOptions To(string service, string version) => new() { Service = service, Subset = new EndpointSubset(version, []) };

    private void SetRoutes(string service, params BackendOptions[] backends)
    {
        _directory.SetEndpoints(service, 1, isKnown: true, []);
        _directory.SetPolicy(service, 1, new ServicePolicyOptions { Routes = [new RouteOptions { Name = "all", Backends = [.. backends] }] });
        _directory.Publish();
    }

    private void SetVersions(params (string Id, string Version)[] endpoints)
    {
        _directory.SetPolicy("users", 0, ServicePolicyOptions.Default);
        _directory.SetEndpoints("users", 1, isKnown: true, [.. endpoints.Select(endpoint =>
            new Endpoint { Id = endpoint.Id, Address = $"127.0.0.1:500{endpoint.Id[^1]}", Version = endpoint.Version })]);
        _directory.Publish();
    }

    private IEnumerable<string> Endpoints(Endpoint[] endpoints)
    {
        _directory.SetEndpoints("users", 1, true, endpoints);
        _directory.Publish();
        return _directory.Current.Find(Encoding.UTF8.GetBytes("users"))!.Endpoints.Select(endpoint => endpoint.Id);
    }
}
