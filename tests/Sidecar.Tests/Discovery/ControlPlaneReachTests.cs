using Mesh.Sidecar.Discovery.Services;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>Control planes that are there, or are not, or are none.</summary>
public sealed class ControlPlaneReachTests : ControlPlaneClientFixture
{
    [Fact]
    public async Task Control_planes_are_tried_in_turn()
    {
        var gone = await ScriptedControlPlane.StartAsync();
        await gone.DisposeAsync();
        Start([gone.Url, _plane.Url], "users");
        await _plane.StreamAsync(); // which all are asked for at the start
        await NextStreamAsync();
        await AdvanceUntilAsync(() => _client.State.IsConnected);
        Assert.Equal(_plane.Url, _client.State.Url);
        Assert.Contains($"no answer from the control plane at {gone.Url.GetLeftPart(UriPartial.Authority)} yet", _told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_silent_is_not_connected_and_is_called_no_control_plane()
    {
        _plane.Store = null;
        Start([_plane.Url]);
        await _plane.StreamAsync();
        Assert.False(_client.State.IsConnected);
        Assert.False(_client.Answered.IsCompleted);
        await AdvanceUntilAsync(() => _client.State.LastError is not null);
        Assert.Equal($"what answers at {Shown(_plane)} is no mesh control plane (it says nothing)", _client.State.LastError);
        Assert.DoesNotContain("connected to the control plane", _told.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, _told.ToString().Split("is no mesh control plane").Length - 1);
    }

    [Fact]
    public async Task While_none_was_reached_calls_for_what_is_unknown_are_told_so_and_when_one_is_they_wait_for_its_word()
    {
        var gone = await ScriptedControlPlane.StartAsync();
        await gone.DisposeAsync();
        Start([gone.Url]);
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is not null);
        Assert.Equal("the control plane was never reached (connection refused)", _directory.Current.OutOfReach);
    }

    [Fact]
    public async Task When_it_is_lost_for_longer_than_a_call_waits_that_is_said_and_taken_back_when_it_is_found()
    {
        Start([_plane.Url], "users");
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await Wait.UntilAsync(() => _client.State.IsConnected);
        Assert.Null(_directory.Current.OutOfReach);
        _plane.Store = null; // the next one is silent
        stream.End();
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is not null);
        Assert.StartsWith("the control plane is out of reach (", _directory.Current.OutOfReach, StringComparison.Ordinal);
        _plane.Store = "store-1";
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is null);
    }

    [Fact]
    public async Task One_of_the_list_with_another_store_is_refused_at_the_start_and_never_used()
    {
        await using var other = await ScriptedControlPlane.StartAsync();
        other.Store = "store-2";
        Start([_plane.Url, other.Url], "users");
        var survey = _client.SurveyAsync(_stop.Token);
        await _plane.StreamAsync(); // which all are asked for at the start
        var stream = await (await _plane.StreamAsync()).GreetedAsync();
        await AdvanceUntilAsync(() => _client.Refused.Count > 0);
        Assert.Equal(KeyValuePair.Create(other.Url, "store-2"), Assert.Single(_client.Refused));
        var error = Assert.Single(_told.ToString().Split('\n'), line => line.Contains("goes by another store", StringComparison.Ordinal));
        Assert.Contains($"{Shown(other)} goes by another store (store-2) than the one at {Shown(_plane)} (store-1)", error, StringComparison.Ordinal);
        Assert.Contains("goes by another store", _client.Notes, StringComparison.Ordinal);

        stream.End();
        await (await NextStreamAsync()).GreetedAsync(); // the same again, and not the other
        Assert.Equal(_plane.Url, _client.State.Url);
        await _stop.CancelAsync();
        await survey.WaitAsync(Wait.Limit);
    }

    [Fact]
    public async Task A_snapshot_from_disk_is_in_force_before_any_control_plane_speaks_and_gives_way_when_one_does()
    {
        var folder = Directory.CreateTempSubdirectory("mesh-cache-");
        try
        {
            Start([_plane.Url], Cache(folder), "users");
            var keeping = _client.CacheAsync(_stop.Token);
            var stream = await (await _plane.StreamAsync()).GreetedAsync();
            await stream.SendAsync("users", 1, ("users-1", "127.0.0.1:5001"), ("users-2", "127.0.0.1:5002"));
            await stream.SendAsync("users", 4, new ServiceConfig { Retry = new Retry { MaxAttempts = 7 } });
            Assert.True(_directory.Want("mail"u8));
            await stream.SubscriptionAsync();
            await stream.SendAsync(ScriptedStream.Endpoints("mail", 1, ("mail-1", "127.0.0.1:5009")), ScriptedStream.Absent("policy", "mail"));
            await AdvanceUntilAsync(() => Cluster("mail") is not null && Cluster("users") is { PolicyVersion: 4 });
            var written = _client.Cache!.State.Written;
            await AdvanceUntilAsync(() => _client.Cache!.State.Written > written || (written is null && _client.Cache!.State.Written is not null));
            await AdvanceUntilAsync(() => keeping.IsCompleted || Directory.GetFiles(folder.FullName).Length == 1);
            await _stop.CancelAsync();
            await Task.WhenAll(_running, keeping).WaitAsync(Wait.Limit);
            stream.End();

            // Another process, which knows nothing but the disk.
            using var stop = new CancellationTokenSource();
            _directory = new ServiceDirectory([], isWhole: false, _time);
            _plane.Store = null;
            var client = Client(Cache(folder), "users");
            Assert.True(client.Answered.IsCompleted);
            Assert.Equal((2, 7), (Cluster("users")!.Endpoints.Length, Cluster("users")!.Policy.Retry.MaxAttempts));
            Assert.Single(Cluster("mail")!.Endpoints);
            Assert.StartsWith("; by a snapshot from disk that is", client.Notes, StringComparison.Ordinal);

            _plane.Store = "store-1";
            _plane.Revision = 2;
            var running = client.RunAsync(stop.Token);
            ScriptedStream next;
            do
            {
                next = await NextStreamAsync();
                await next.NextAsync();
            }
            while (next.Revision != 2);
            await next.SubscriptionAsync();
            await next.SendAsync("users", 2, ("users-3", "127.0.0.1:5003"));
            await AdvanceUntilAsync(() => Cluster("users")!.Endpoints.Length == 1);
            Assert.Equal("users-3", Cluster("users")!.Endpoints[0].Id);
            await AdvanceUntilAsync(() => client.Notes.Length == 0);
            await stop.CancelAsync();
            await running.WaitAsync(Wait.Limit);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
