using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

public sealed class ServiceViewTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData(ServiceStatus.Healthy, ServiceStatus.Healthy, ServiceStatus.Unhealthy, ServiceStatus.Starting)]
    [InlineData(ServiceStatus.Starting, ServiceStatus.Unhealthy, ServiceStatus.Starting, ServiceStatus.Draining)]
    [InlineData(ServiceStatus.Unhealthy, ServiceStatus.Unhealthy, ServiceStatus.Draining, ServiceStatus.Stopped)]
    [InlineData(ServiceStatus.Draining, ServiceStatus.Stopped, ServiceStatus.Draining, ServiceStatus.Stopped)]
    public void A_service_has_the_best_status_of_its_instances(ServiceStatus expected, params ServiceStatus[] statuses)
    {
        foreach (var (i, status) in statuses.Index())
        {
            _fixture.Heartbeat(_fixture.Register(Make.Registration(id: $"i{i}")), status);
        }

        var service = View();
        Assert.Equal(expected, service.Status);
        Assert.Equal(3u, service.InstanceCount);
        Assert.Equal(expected == ServiceStatus.Healthy ? 1u : 0u, service.HealthyCount);
    }

    [Fact]
    public void A_service_without_instances_is_stopped_and_still_known()
    {
        _fixture.Register();
        _fixture.Deregister("orders", "orders-1");
        Assert.Equal(ServiceStatus.Stopped, View().Status);
    }

    [Fact]
    public void The_newest_registration_says_what_the_service_serves_and_its_labels_win()
    {
        var first = Make.Registration(id: "z");
        first.Methods.Add(new ServedMethod { Protocol = "grpc", Path = "/a.A/A" });
        first.Instance.Metadata.Add("team", "one");
        first.Instance.Metadata.Add("only", "first");
        _fixture.Register(first);
        var created = View().CreateTime;
        _fixture.Time.Advance(TimeSpan.FromSeconds(1));
        var second = Make.Registration(id: "a");
        second.Instance.Version = "v2";
        second.Methods.Add(new ServedMethod { Protocol = "grpc", Path = "/b.B/B" });
        second.Dependencies.Add("users");
        second.HealthCheck = new HealthCheck { Tcp = new TcpCheck() };
        second.Instance.Metadata.Add("team", "two");
        _fixture.Register(second);

        var service = View();
        Assert.Equal("v2", service.Version);
        Assert.Equal(["/b.B/B"], service.Methods.Select(method => method.Path));
        Assert.Equal(["users"], service.Dependencies);
        Assert.NotNull(service.HealthCheck.Tcp);
        Assert.Equal("two", service.Metadata["team"]);
        Assert.Equal("first", service.Metadata["only"]);
        Assert.Equal(created, service.CreateTime);
    }

    [Fact]
    public void The_labels_of_a_service_are_bounded_to_the_newest()
    {
        for (var i = 0; i < 10; i++)
        {
            var registration = Make.Registration(id: $"i{i}");
            for (var label = 0; label < 64; label++)
            {
                registration.Instance.Metadata.Add($"of-{i}-{label}", "x");
            }

            _fixture.Register(registration);
        }

        var labels = View().Metadata;
        Assert.Equal(256, labels.Count);
        Assert.All([6, 7, 8, 9], i => Assert.Contains($"of-{i}-63", labels.Keys));
    }

    [Fact]
    public void Of_the_services_nobody_serves_the_longest_gone_is_forgotten()
    {
        using var fixture = new RegistryFixture(new RegistryOptions { MaxStoppedServices = 2 });
        foreach (var name in new[] { "a", "b", "c" })
        {
            fixture.Register(Make.Registration(name));
            fixture.Deregister(name, "orders-1");
        }

        Assert.Equal(["b", "c"], fixture.Registry.State.Services.Keys);
        fixture.Register(Make.Registration("b"));
        foreach (var name in new[] { "d", "e" })
        {
            fixture.Register(Make.Registration(name));
            fixture.Deregister(name, "orders-1");
        }

        Assert.Contains("b", fixture.Registry.State.Services.Keys);
    }

    private Service View() => ServiceSummary.Of(_fixture.Registry.State.Services["orders"]);
}
