using Google.Protobuf;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>What the sidecar says that it holds, to a control plane that wants to know.</summary>
public sealed class HoldingTests : ControlPlaneClientFixture
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Resource _endpoints = ScriptedStream.Endpoints("users", 7, ("users-1", "127.0.0.1:5001"));
    private readonly Resource _policy = Policy(3, new ServiceConfig { Limits = new Limits { MaxConcurrentRequests = 5 } });

    [Fact]
    public async Task It_is_the_sum_of_what_was_sent_and_applied_and_what_is_rejected_is_left_out()
    {
        var stream = await BeginAsync();
        await stream.SendAsync(_endpoints, _policy);
        Assert.Equal(Sum(_endpoints, _policy), (await HoldingAsync(stream)).Digest);
        var next = Policy(4, new ServiceConfig());
        await stream.SendAsync(next);
        Assert.Equal(Sum(_endpoints, next), (await HoldingAsync(stream)).Digest);
        await stream.SendAsync(Policy(5, new ServiceConfig { Limits = new Limits { MaxConcurrentRequests = 99_999_999 } }));
        Assert.Equal(Sum(_endpoints), (await HoldingAsync(stream)).Digest);
        await stream.SendAsync(ScriptedStream.Absent("policy", "users", 6));
        Assert.Equal(Sum(_endpoints, ScriptedStream.Absent("policy", "users", 6)), (await HoldingAsync(stream)).Digest);
    }

    [Fact]
    public async Task Each_is_named_at_once_when_it_is_asked_for()
    {
        var stream = await BeginAsync();
        await stream.SendAsync(_endpoints, _policy);
        await stream.AckAsync();
        await stream.AskHoldingAsync();
        var holding = await NextAsync(stream);
        Assert.True(holding.Itemized);
        Assert.Equal(
            [("endpoints", "users", ResourceDigest.Of(_endpoints)), ("policy", "users", ResourceDigest.Of(_policy))],
            holding.Resources.Select(one => (one.Kind, one.Name, one.Digest)).Order());
        var next = NextAsync(stream);
        await AdvanceUntilAsync(() => next.IsCompleted);
        Assert.False((await next).Itemized);
    }

    [Fact]
    public async Task What_is_said_to_be_unchanged_on_the_next_stream_counts_as_what_it_was()
    {
        var stream = await BeginAsync();
        await stream.SendAsync(_endpoints, _policy);
        await stream.AckAsync();
        _plane.HoldingInterval = Interval;
        stream.End();
        var again = await (await NextStreamAsync()).GreetedAsync();
        await again.SendAsync(new Resource { Kind = "policy", Name = "users", Version = 3, Unchanged = true });
        Assert.Equal(Sum(_policy), (await HoldingAsync(again)).Digest);
    }

    [Fact]
    public async Task Who_does_not_want_to_know_is_not_told()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await stream.SendAsync(_endpoints, _policy);
        await stream.AckAsync();
        _time.Advance(10 * Interval);
        _directory.Want("mail"u8);
        Assert.Equal(["mail"], (await stream.NextAsync()).Subscribe.Services);
    }

    private static Resource Policy(long version, ServiceConfig config) => new() { Kind = "policy", Name = "users", Version = version, Body = config.ToByteString() };

    private static ulong Sum(params Resource[] resources) => resources.Aggregate(0UL, (sum, one) => unchecked(sum + ResourceDigest.Of(one)));

    private async Task<ScriptedStream> BeginAsync()
    {
        _plane.HoldingInterval = Interval;
        Start([_plane.Url], "users");
        return await (await _plane.StreamAsync()).GreetedAsync();
    }

    /// <summary>The next one behind the answer to what was sent last.</summary>
    private async Task<Holding> HoldingAsync(ScriptedStream stream)
    {
        await stream.AckAsync();
        var next = NextAsync(stream);
        await AdvanceUntilAsync(() => next.IsCompleted);
        return await next;
    }

    private static async Task<Holding> NextAsync(ScriptedStream stream)
    {
        while (true)
        {
            if ((await stream.NextAsync()).Holding is { } holding)
            {
                return holding;
            }
        }
    }
}
