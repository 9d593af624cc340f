using Google.Protobuf;
using Mesh.Sidecar.Discovery;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>What a control plane says and a sidecar cannot use.</summary>
public sealed class UnusableResourcesTests : ControlPlaneClientFixture
{
    [Fact]
    public async Task A_policy_that_cannot_be_is_rejected_with_its_place_and_the_last_good_one_stays()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig { Retry = new Retry { MaxAttempts = 5 } });
        await stream.AckAsync();
        _time.Advance(TimeSpan.FromSeconds(1));

        await stream.SendAsync("users", 2, new ServiceConfig { Retry = new Retry { MaxAttempts = 11 } });
        Assert.Equal("users: config.retry.max_attempts: 11 is not within 1 to 10", await stream.ErrorAsync());
        Assert.Equal(5, Cluster("users")!.Policy.Retry.MaxAttempts);
        var rejection = Assert.Single(_client.Rejected);
        Assert.Equal(("users", "policy", 2), (rejection.Service, rejection.Kind, rejection.Version));
        Assert.Contains("rejected the policy of users, version 2", _told.ToString(), StringComparison.Ordinal);

        await stream.SendAsync("users", 3, new ServiceConfig { Retry = new Retry { MaxAttempts = 6 } });
        await Wait.UntilAsync(() => Cluster("users")!.Policy.Retry.MaxAttempts == 6);
        Assert.Empty(_client.Rejected);
    }

    [Fact]
    public async Task A_first_policy_that_cannot_be_does_not_keep_the_service_from_being_called()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"));
        await stream.SendAsync("users", 1, new ServiceConfig { Retry = new Retry { MaxAttempts = 11 } });
        Assert.NotEmpty(await stream.ErrorAsync());
        Assert.Single(Cluster("users")!.Endpoints);
    }

    [Theory]
    [InlineData("nowhere", "", "address: 'nowhere' has no port")]
    [InlineData("127.0.0.1:4294967295", "", "address: '127.0.0.1:4294967295' has ")]
    [InlineData("127.0.0.1:-1", "", "address: '127.0.0.1:-1' has ")]
    [InlineData("127.0.0.1:5002", "eu/west/1", "locality: 'eu/west/1' has more than one '/'")]
    public async Task An_endpoint_that_cannot_be_used_is_left_out_and_counted_and_said_once_and_costs_no_other(string address, string locality, string fault)
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, new ServiceConfig());
        var body = new ServiceEndpoints
        {
            Endpoints =
            {
                new Endpoint { Id = "users-1", Address = "127.0.0.1:5001" },
                new Endpoint { Id = "users-2", Address = address, Locality = locality },
                new Endpoint { Id = "users-1", Address = "127.0.0.1:5003" },
                new Endpoint { Id = "users-4", Address = "127.0.0.1:5004" },
            },
        };
        for (var version = 1; version <= 3; version++)
        {
            await stream.SendAsync(new Resource { Kind = "endpoints", Name = "users", Version = version, Body = body.ToByteString() });
            var error = stream.ErrorAsync();
            await AdvanceUntilAsync(() => error.IsCompleted);
            Assert.Empty(await error);
        }

        Assert.Equal(["users-1", "users-4"], Cluster("users")!.Endpoints.Select(endpoint => endpoint.Id));
        Assert.Equal(2, _client.SkippedEndpoints);
        var line = Assert.Single(_told.ToString().Split('\n'), line => line.Contains("cannot be used", StringComparison.Ordinal));
        Assert.Contains($"2 of 4 endpoints of users, version 1, cannot be used and are left out; the first is 'users-2': {fault}", line, StringComparison.Ordinal);

        await stream.SendAsync("users", 4, ("users-1", "127.0.0.1:5001"));
        await AdvanceUntilAsync(() => Cluster("users")!.Endpoints.Length == 1);
        Assert.Equal(0, _client.SkippedEndpoints);
    }

    [Fact]
    public async Task A_service_whose_resources_are_of_no_use_counts_as_answered_and_keeps_nobody_waiting()
    {
        Start([_plane.Url], "orders", "payments");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("orders", 1, ("orders-1", "127.0.0.1:5001"));
        await stream.SendAsync("orders", 1, new ServiceConfig { Routes = { new Route { Name = "pay", Service = "payments" } } });
        var nonsense = ByteString.CopyFrom(0xff, 0xff);
        await stream.SendAsync(
            new Resource { Kind = "endpoints", Name = "payments", Version = 1, Body = nonsense },
            new Resource { Kind = "policy", Name = "payments", Version = 1, Body = nonsense });
        await AdvanceUntilAsync(() => Cluster("orders") is { Routes.Length: 1 });
        await _client.Answered.WaitAsync(Wait.Limit);
        Assert.Equal((true, 0), (Cluster("payments")!.IsKnown, Cluster("payments")!.Endpoints.Length));
        Assert.Equal(2, _client.Rejected.Count);
    }

    [Fact]
    public async Task What_makes_no_sense_a_thousand_times_is_one_rejection_and_a_few_lines()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        for (var version = 1; version <= 1000; version++)
        {
            await stream.SendAsync("users", version, new ServiceConfig { Retry = new Retry { MaxAttempts = 11 } });
        }

        await stream.SendAsync([.. Enumerable.Range(0, 1000).Select(i => new Resource { Kind = $"kind-{i}", Name = "users", Version = 1 })]);
        var ack = stream.AckAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        Assert.Equal(100, (await ack).Rejected.Count);
        Assert.Equal(1000, Assert.Single(_client.Rejected).Version);
        Assert.InRange(_told.ToString().Split('\n').Count(line => line.Contains(" warning ", StringComparison.Ordinal)), 1, 100);
    }

    [Fact]
    public void Answers_that_nobody_reads_are_bounded_by_their_size()
    {
        var outgoing = new Outgoing();
        var ack = new Ack();
        ack.Rejected.Add(Enumerable.Range(0, 100).Select(_ => new RejectedResource { Kind = "policy", Name = "users", Error = new string('x', 300) }));
        var count = 0;
        for (; !outgoing.IsOverfull; count++)
        {
            outgoing.Add(new DiscoveryRequest { Ack = ack });
        }

        Assert.InRange(count, 10, 200);
    }

    [Fact]
    public async Task A_resource_in_parts_is_put_together_and_one_that_is_too_large_is_rejected()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync("users", 1, new ServiceConfig());
        var whole = ScriptedStream.Endpoints("users", 1, ("users-1", "127.0.0.1:5001"), ("users-2", "127.0.0.1:5002"));
        await stream.SendAsync(Part(whole, whole.Body.Span[..7], more: true));
        await stream.SendAsync(Part(whole, whole.Body.Span[7..], more: false));
        Assert.Empty(await stream.ErrorAsync());
        Assert.Equal(2, Cluster("users")!.Endpoints.Length);

        whole.Version = 2;
        var large = new byte[3 * 1024 * 1024];
        for (var i = 0; i < 30; i++)
        {
            await stream.SendAsync(Part(whole, large, more: i < 29));
        }

        var ack = stream.ErrorAsync();
        await AdvanceUntilAsync(() => ack.IsCompleted);
        Assert.StartsWith("is larger than", await ack, StringComparison.Ordinal);
        Assert.Equal(2, Cluster("users")!.Endpoints.Length);
    }

    [Fact]
    public async Task What_nobody_asked_for_is_not_kept_and_an_unknown_kind_is_rejected()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync(
            ScriptedStream.Endpoints("strangers", 1, ("s-1", "127.0.0.1:5001")),
            ScriptedStream.Absent("policy", "strangers"),
            new Resource { Kind = "limits", Name = "users", Version = 1 });
        var rejected = Assert.Single((await stream.AckAsync()).Rejected);
        Assert.Equal(("limits", "users", "kind: is none that this sidecar knows"), (rejected.Kind, rejected.Name, rejected.Error));
        Assert.Null(Cluster("strangers"));
    }

    private static Resource Part(Resource whole, ReadOnlySpan<byte> body, bool more) =>
        new() { Kind = whole.Kind, Name = whole.Name, Version = whole.Version, Body = ByteString.CopyFrom(body), More = more };
}
