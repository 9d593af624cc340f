using Grpc.Core;
using Mesh.ControlPlane.Streams;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>A sidecar says what it holds, and is sent again what is not as it should be.</summary>
public sealed class HoldingTests : IAsyncLifetime
{
    private readonly Dictionary<(string, string), ulong> _held = [];
    private TestPlane _plane = null!;
    private AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> _call = null!;

    public async Task InitializeAsync()
    {
        _plane = await TestPlane.StartAsync(Make.Undamped);
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 2) } });
        _call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await _call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = "web", InstanceId = "web-1" } });
        Assert.Equal(Make.Undamped.LeaseTtl, (await NextAsync()).HoldingInterval.ToTimeSpan());
        await _call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { "orders", "users" } } });
        await HoldNextAsync();
    }

    public async Task DisposeAsync()
    {
        _call.Dispose();
        await _plane.DisposeAsync();
    }

    [Fact]
    public async Task One_that_holds_what_it_was_sent_is_sent_nothing_again()
    {
        Assert.Equal(4, _held.Count);
        await SayAsync();
        await SayAsync();
        // What comes next is a change, and not what was said before.
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 3) } });
        Assert.Equal(("policy", 2L), Only(await HoldNextAsync()));
        await SayAsync();
        await AssertRepairedAsync(0);
    }

    [Fact]
    public async Task One_that_holds_something_else_is_asked_for_each_and_sent_what_differs_and_nothing_else()
    {
        _held[("policy", "orders")]++;
        await SayAsync();
        Assert.True(await NextAsync() is { WantsHolding: true, Resources.Count: 0 });
        await SayAsync(itemized: true);
        var again = await HoldNextAsync();
        Assert.Equal(("policy", 1L), Only(again));
        Assert.Equal(2u, ServiceConfig.Parser.ParseFrom(again.Resources[0].Body).Retry.MaxAttempts);
        await SayAsync();
        await AssertRepairedAsync(1);
    }

    [Fact]
    public async Task One_that_lacks_something_is_sent_it_and_what_it_has_besides_is_not_minded()
    {
        _held.Remove(("endpoints", "users"));
        _held.Add(("policy", "former"), 7);
        await SayAsync();
        Assert.True((await NextAsync()).WantsHolding);
        await SayAsync(itemized: true);
        Assert.Equal(("endpoints", 0L), Only(await HoldNextAsync()));
        await AssertRepairedAsync(1);
    }

    [Fact]
    public async Task One_whom_that_does_not_help_is_not_sent_the_same_over_and_over()
    {
        for (var i = 0; i < 3; i++)
        {
            _held[("policy", "orders")] = 7;
            await SayAsync();
            Assert.True((await NextAsync()).WantsHolding);
            await SayAsync(itemized: true);
            if (i == 0)
            {
                await HoldNextAsync();
            }
        }

        await AssertRepairedAsync(1);
    }

    [Fact]
    public async Task What_a_sidecar_has_rejected_is_not_compared()
    {
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 3) } });
        var response = await NextAsync();
        await _call.RequestStream.WriteAsync(new()
        {
            Ack = new Ack { Nonce = response.Nonce, Rejected = { new V1.RejectedResource { Kind = "policy", Name = "orders", Error = "no" } } },
        });
        _held.Remove(("policy", "orders"));
        await SayAsync();
        await AssertRepairedAsync(0);
    }

    [Fact]
    public async Task While_an_answer_is_under_way_nothing_is_compared()
    {
        await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", 3) } });
        await NextAsync();
        _held[("policy", "orders")]++;
        await SayAsync();
        await AssertRepairedAsync(0);
    }

    private static (string, long) Only(DiscoveryResponse response) =>
        Assert.Single(response.Resources) is var resource ? (resource.Kind, resource.Version) : default;

    private async Task<DiscoveryResponse> HoldNextAsync()
    {
        var response = await NextAsync();
        foreach (var resource in response.Resources)
        {
            _held[(resource.Kind, resource.Name)] = ResourceDigest.Of(resource);
        }

        await _call.RequestStream.WriteAsync(new() { Ack = new Ack { Nonce = response.Nonce } });
        return response;
    }

    private async Task SayAsync(bool itemized = false)
    {
        var holding = new Holding { Digest = _held.Values.Aggregate(0UL, (sum, one) => unchecked(sum + one)), Itemized = itemized };
        if (itemized)
        {
            holding.Resources.Add(_held.Select(held => new HeldResource { Kind = held.Key.Item1, Name = held.Key.Item2, Digest = held.Value }));
        }

        await _call.RequestStream.WriteAsync(new() { Holding = holding });
    }

    /// <summary>Behind all that was said before: a subscription is answered only after that.</summary>
    private async Task AssertRepairedAsync(int resources)
    {
        await _call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { "last" } } });
        var last = await NextAsync();
        Assert.False(last.WantsHolding);
        Assert.All(last.Resources, resource => Assert.Equal("last", resource.Name));
        Assert.Contains($"mesh_discovery_repairs_total {resources}\n", await _plane.Pages.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    private async Task<DiscoveryResponse> NextAsync()
    {
        var next = _call.ResponseStream.MoveNext(Bound.Token());
        await Bound.UntilAsync(() =>
        {
            _plane.Time.Advance(next.IsCompleted ? TimeSpan.Zero : Pace.Shortest);
            return next.IsCompleted;
        });
        Assert.True(await next);
        return _call.ResponseStream.Current;
    }
}
