using Mesh.V1;

namespace Mesh.Resources.Tests;

public class ResourceYamlTests
{
    [Fact]
    public void A_whole_static_file_is_read()
    {
        var file = Read<StaticFile>("""
            # The services beside us.
            services:
            - name: echo
              endpoints:
              - address: 127.0.0.1:50061
                weight: 50
                metadata: {canary: "true", "1": one}
              - address: "[::1]:50062"
                status: DRAINING
              config:
                balancing: {policy: ROUND_ROBIN, ewmaDecay: 1.5s, panic_threshold: 0}
                timeouts:
                  request: 1m30s
                  per_try: 250ms
                retry:
                  maxAttempts: 5
                  codes: [UNAVAILABLE, "INTERNAL"]
                  http_statuses: [502, 503]
                  budget: {percent: 10}
                routes:
                - match:
                    exact: /pkg.S/M
                    headers:
                    - {name: x-user, prefix: t, invert: true}
            - name: empty
              config: {}
            - name: nothing
              config:
            """);
        Assert.Equal(3, file.Services.Count);
        var echo = file.Services[0];
        Assert.Equal(("127.0.0.1:50061", 50u, "true", "one"), (
            echo.Endpoints[0].Address, echo.Endpoints[0].Weight, echo.Endpoints[0].Metadata["canary"], echo.Endpoints[0].Metadata["1"]));
        Assert.Equal(("[::1]:50062", ServiceStatus.Draining), (echo.Endpoints[1].Address, echo.Endpoints[1].Status));
        Assert.Equal(
            (Balancing.Types.Policy.RoundRobin, TimeSpan.FromSeconds(1.5), (uint?)0),
            (echo.Config.Balancing.Policy, echo.Config.Balancing.EwmaDecay.ToTimeSpan(), echo.Config.Balancing.PanicThreshold));
        Assert.Equal(TimeSpan.FromSeconds(90), echo.Config.Timeouts.Request.ToTimeSpan());
        Assert.Equal(TimeSpan.FromMilliseconds(250), echo.Config.Timeouts.PerTry.ToTimeSpan());
        Assert.Equal(5u, echo.Config.Retry.MaxAttempts);
        Assert.Equal(["UNAVAILABLE", "INTERNAL"], echo.Config.Retry.Codes);
        Assert.Equal([502u, 503u], echo.Config.Retry.HttpStatuses);
        Assert.Equal((10u, (uint?)null), (echo.Config.Retry.Budget.Percent, echo.Config.Retry.Budget.MinPerSecond));
        Assert.Equal("/pkg.S/M", echo.Config.Routes[0].Match.Exact);
        Assert.True(echo.Config.Routes[0].Match.Headers[0].Invert);
        Assert.NotNull(file.Services[1].Config);
        Assert.Null(file.Services[2].Config);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("---\n")]
    [InlineData("config: {}")]
    [InlineData("config:")]
    [InlineData("config: null")]
    public void Nothing_is_fine(string text) => Assert.Equal("", Read<ConfigResource>(text).Service);

    [Fact]
    public void Json_is_read_too()
    {
        var resource = Read<ConfigResource>("""
            {
            	"service": "or\u0064ers", "version": "9007199254740993",
            	"updateTime": "2030-01-31T12:00:00.25Z",
            	"config": {"breaker": {"disabled": true, "open": "0.250s"}, "routes": []}
            }
            """);
        Assert.Equal(("orders", 9007199254740993), (resource.Service, resource.Version));
        Assert.Equal(new DateTimeOffset(2030, 1, 31, 12, 0, 0, 250, TimeSpan.Zero), resource.UpdateTime.ToDateTimeOffset());
        Assert.True(resource.Config.Breaker.Disabled);
        Assert.Equal(TimeSpan.FromMilliseconds(250), resource.Config.Breaker.Open.ToTimeSpan());
    }

    [Fact]
    public void A_bare_choice_is_a_choice()
        => Assert.Equal(HealthCheck.CheckOneofCase.Tcp, Read<HealthCheck>("tcp:\ninterval: 1s").CheckCase);

    [Fact]
    public void A_second_document_is_one_too_many()
    {
        Assert.False(ResourceYaml.TryRead<ConfigResource>("service: a\n---\nservice: b\n", "f.yaml", out _, out var errors));
        Assert.Equal(["f.yaml:3:1: a second document begins here; one is expected"], errors);
    }

    private static T Read<T>(string text)
        where T : Google.Protobuf.IMessage<T>, new()
    {
        var read = ResourceYaml.TryRead<T>(text, "f.yaml", out var message, out var errors);
        Assert.Empty(errors);
        Assert.True(read);
        return message;
    }
}
