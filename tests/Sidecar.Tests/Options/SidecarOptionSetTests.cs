using Mesh.Sidecar.Options;

namespace Mesh.Sidecar.Tests.Options;

public sealed class SidecarOptionSetTests
{
    [Fact]
    public void Options_are_read_as_they_are_written()
    {
        var options = new SidecarOptionSet().Read(
            [
                "--service", "orders", "--app", "127.0.0.1:8080", "--control-plane", "http://a:1,http://b:2",
                "--upstream", "users=127.0.0.1:0", "--upstream", "payments=127.0.0.1:15102", "--inbound", "127.0.0.1:0",
                "--health", "http:/healthz", "--metadata", "team=shop", "--locality", "eu/eu-1a", "--drain-grace", "5s", "--cache", "/var/cache/mesh",
            ],
            out var exitCode)!;
        Assert.Equal(0, exitCode);
        Assert.Equal("orders", options.Service);
        Assert.Equal("127.0.0.1:8080", options.App);
        Assert.Equal(["http://a:1/", "http://b:2/"], options.ControlPlane.Select(url => url.ToString()));
        Assert.Equal(["users", "payments"], options.Upstreams.Select(upstream => upstream.Key));
        Assert.Equal(new HealthOption(HealthKind.Http, "/healthz"), options.Health);
        Assert.Equal(TimeSpan.FromSeconds(5), options.DrainGrace);
        Assert.Equal("/var/cache/mesh", options.Cache);
    }

    [Fact]
    public void Health_is_found_out_and_weight_is_the_registry_s_unless_given()
    {
        string[] args = ["--control-plane", "http://a:1", "--service", "orders", "--app", "127.0.0.1:8080", "--advertise", "10.0.0.1:1"];
        var options = new SidecarOptionSet().Read(args, out _)!;
        Assert.Equal(HealthKind.Auto, options.Health.Kind);
        Assert.Null(options.Weight);
        Assert.Equal(300, new SidecarOptionSet().Read([.. args, "--weight", "300"], out _)!.Weight);
    }

    [Fact]
    public void Without_an_id_each_start_has_its_own()
    {
        string[] args = ["--control-plane", "http://127.0.0.1:15010"];
        var one = new SidecarOptionSet().Read(args, out _)!.InstanceId;
        var other = new SidecarOptionSet().Read(args, out _)!.InstanceId;
        Assert.NotEmpty(one);
        Assert.NotEqual(one, other);
    }
}
