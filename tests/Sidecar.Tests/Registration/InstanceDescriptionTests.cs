using Mesh.Hosting;
using Mesh.Resources;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Registration;

namespace Mesh.Sidecar.Tests.Registration;

public sealed class InstanceDescriptionTests
{
    [Fact]
    public void The_registry_is_told_what_the_options_say()
    {
        var options = new SidecarOptions
        {
            Service = "orders",
            InstanceId = "orders-1",
            Version = "1.2",
            Locality = "eu/eu-1a",
            Metadata = [new("team", "shop")],
            Health = new HealthOption(HealthKind.Http, "/healthz"),
            Upstreams = [new("users", default), new("payments", default), new("users", default)],
        };
        var registration = InstanceDescription.Of(options, new HostPort("10.0.0.1", 15006), ["/demo.v1.Orders/PlaceOrder"]);
        Assert.Empty(InstanceValidation.Validate(registration));
        Assert.Equal(("10.0.0.1", 15006u), (registration.Instance.Address, registration.Instance.Port));
        Assert.Equal(("eu", "eu-1a"), (registration.Instance.Locality.Region, registration.Instance.Locality.Zone));
        Assert.Equal("shop", registration.Instance.Metadata["team"]);
        Assert.Equal(["users", "payments"], registration.Dependencies);
        Assert.Equal("/demo.v1.Orders/PlaceOrder", Assert.Single(registration.Methods).Path);
        Assert.Equal("/healthz", registration.HealthCheck.Http.Path);
        Assert.Equal(3u, registration.HealthCheck.UnhealthyThreshold);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("eu", "eu", "")]
    [InlineData("eu/eu-1a", "eu", "eu-1a")]
    public void A_locality_is_a_region_and_perhaps_a_zone(string text, string? region, string? zone)
    {
        var locality = InstanceDescription.LocalityOf(text);
        Assert.Equal((region, zone), (locality?.Region, locality?.Zone));
    }
}
