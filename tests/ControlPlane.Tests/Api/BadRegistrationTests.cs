using Grpc.Core;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class BadRegistrationTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    public static TheoryData<string, string> Bad() => new()
    {
        { "service", "{ \"instance\": { \"id\": \"a\", \"service\": \"Not_A_Name\", \"address\": \"10.0.0.1\", \"port\": 1 } }" },
        { "instance.service: 'mesh' is the name under which the mesh itself answers", "{ \"instance\": { \"id\": \"a\", \"service\": \"mesh\", \"address\": \"10.0.0.1\", \"port\": 1 } }" },
        { "address", "{ \"instance\": { \"id\": \"a\", \"service\": \"orders\", \"port\": 1 } }" },
        { "port", "{ \"instance\": { \"id\": \"a\", \"service\": \"orders\", \"address\": \"10.0.0.1\" } }" },
        { "port", "{ \"instance\": { \"id\": \"a\", \"service\": \"orders\", \"address\": \"10.0.0.1\", \"port\": 65536 } }" },
        { "weight", "{ \"instance\": { \"id\": \"a\", \"service\": \"orders\", \"address\": \"10.0.0.1\", \"port\": 1, \"weight\": 10001 } }" },
        { "dependencies", "{ \"instance\": { \"id\": \"a\", \"service\": \"orders\", \"address\": \"10.0.0.1\", \"port\": 1 }, \"dependencies\": [\"A b\"] }" },
        { "instance", "{}" },
        { "instance.id", "{ \"instance\": { \"service\": \"orders\", \"address\": \"10.0.0.1\", \"port\": 1 } }" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task A_bad_registration_is_refused_by_field_and_nothing_is_registered(string field, string json)
    {
        var refused = await Refuse(Registration.Parser.ParseJson(json));
        Assert.Contains(field, refused.Detail, StringComparison.Ordinal);
        Assert.Empty((await _plane.Registry.ListServicesAsync(new())).Services);
    }

    [Fact]
    public async Task Registrations_are_bounded()
    {
        await TooMuch("id", registration => registration.Instance.Id = new string('a', 129));
        await TooMuch("version", registration => registration.Instance.Version = new string('a', 129));
        await TooMuch("metadata", registration =>
        {
            for (var i = 0; i < 65; i++)
            {
                registration.Instance.Metadata.Add($"k{i}", "v");
            }
        });
        await TooMuch("metadata", registration => registration.Instance.Metadata.Add("k", new string('v', 257)));
        await TooMuch("methods", registration =>
            registration.Methods.Add(Enumerable.Range(0, 10_001).Select(i => new ServedMethod { Protocol = "grpc", Path = $"/a.A/M{i}" })));
        await TooMuch("dependencies", registration => registration.Dependencies.Add(Enumerable.Range(0, 1001).Select(i => $"s{i}")));

        async Task TooMuch(string field, Action<Registration> grow)
        {
            var registration = Make.Registration();
            grow(registration);
            Assert.Contains(field, (await Refuse(registration)).Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_fault_is_told_at_once()
    {
        var registration = Make.Registration();
        registration.Instance.Port = 0;
        registration.Instance.Weight = 99999;
        Assert.Equal(2, (await Refuse(registration)).Detail.Split('\n').Length);
    }

    [Fact]
    public async Task A_bad_heartbeat_is_refused()
    {
        using var call = await _plane.RegisterAsync();
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.HeartbeatAsync((ServiceStatus)77));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("status", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_without_content_is_refused()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => _plane.RegisterAsync(new RegisterRequest()));
        Assert.Equal((StatusCode.InvalidArgument, "request: must be a registration or a heartbeat"), (refused.StatusCode, refused.Status.Detail));
    }

    private async Task<Status> Refuse(Registration registration)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => _plane.RegisterAsync(new RegisterRequest { Registration = registration }));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        return refused.Status;
    }
}
