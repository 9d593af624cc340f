using System.Text;
using Mesh.Sidecar.Discovery.Services;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

/// <summary>Callers choose names: what nobody calls any more is forgotten, and no choice of theirs keeps out a service that there is.</summary>
public sealed class ForgettingTests : ControlPlaneClientFixture
{
    private readonly List<DiscoveryRequest> _said = [];
    private ScriptedStream _stream = null!;

    [Fact]
    public async Task After_as_many_invented_names_as_there_may_be_a_service_is_found_all_the_same()
    {
        var listening = await ConnectAsync();
        for (var i = 0; i < WantedNames.Most + 500; i++)
        {
            Assert.True(_directory.Want(Encoding.UTF8.GetBytes($"invented-{i}")));
        }

        Assert.Equal(WantedNames.Most, _directory.Names.Count);
        Assert.Equal(501, _directory.Names.TurnedAway); // "users" is one of them
        // Whoever calls until the next look is told why, and nobody is told that there is no such service.
        _ = _client.ForgetAsync(_stop.Token);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Wait.UntilAsync(() => _directory.Current.OutOfReach is not null);
        Assert.Contains("than the 10000 it remembers", _directory.Current.OutOfReach, StringComparison.Ordinal);
        Assert.Contains("callers ask for more services than the 10000", _told.ToString(), StringComparison.Ordinal);
        Assert.InRange(_directory.Names.Count, 0, WantedNames.Comfortable);
        Assert.True(_directory.Want("payments"u8));
        await AdvanceUntilAsync(() => Said().Any(request => request.Subscribe?.Services.Contains("payments") == true));
        await AdvanceUntilAsync(() => _directory.Current.OutOfReach is null);

        // The rest goes when nobody has called it for a minute; what is declared stays.
        await AdvanceUntilAsync(() => _directory.Names.Count == 1);
        Assert.True(_directory.IsWanted("users"));
        await AdvanceUntilAsync(() => Said().Sum(request => request.Unsubscribe?.Services.Count ?? 0) == WantedNames.Most); // with "payments", of which nothing was said
        Assert.False(listening.IsCompleted);
    }

    [Fact]
    public async Task A_service_that_was_not_called_for_an_hour_is_forgotten_with_all_that_was_said_of_it_and_learnt_again_when_it_is()
    {
        await BeginAsync();
        Assert.True(_directory.Want("mail"u8));
        Assert.True(_directory.Want("payments"u8));
        await SayAsync("mail", 1);
        await SayAsync("payments", 1);
        var began = _time.GetTimestamp();
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            _directory.Current.Find("mail"u8); // as a call does
            return _directory.Current.Clusters.All(cluster => cluster.Name != "payments");
        });
        Assert.InRange(_time.GetElapsedTime(began), WantedNames.KnownIdleTime, 2 * WantedNames.KnownIdleTime);
        Assert.NotNull(Cluster("mail"));
        Assert.NotNull(Cluster("users"));
        Assert.False(_directory.IsWanted("payments"));

        Assert.True(_directory.Want("payments"u8));
        await SayAsync("payments", 1);
    }

    [Fact]
    public async Task Where_a_route_leads_is_not_forgotten_though_nobody_takes_it()
    {
        await BeginAsync();
        await _stream.SendAsync("users", 2, new ServiceConfig { Routes = { new Route { Name = "new", Service = "users-next" } } });
        await SayAsync("users-next", 1);
        await AdvanceUntilAsync(() => Cluster("users")!.Routes.Length == 1);
        var began = _time.GetTimestamp();
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            return _time.GetElapsedTime(began) > 2 * WantedNames.KnownIdleTime;
        });
        await AdvanceUntilAsync(() => true);
        Assert.True(_directory.IsWanted("users-next"));
    }

    [Fact]
    public async Task While_no_control_plane_could_say_it_again_nothing_that_is_known_is_forgotten()
    {
        await BeginAsync();
        Assert.True(_directory.Want("mail"u8));
        await SayAsync("mail", 1);
        Assert.True(_directory.Want("invented"u8));
        _plane.Store = null;
        _stream.End();
        await AdvanceUntilAsync(() => !_client.State.IsConnected);
        await Wait.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            return !_directory.IsWanted("invented");
        });
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
        }

        Assert.True(_directory.IsWanted("mail"));
    }

    private async Task BeginAsync()
    {
        await ConnectAsync();
        _ = _client.ForgetAsync(_stop.Token);
    }

    private async Task<Task> ConnectAsync()
    {
        Start([_plane.Url], "users");
        _stream = await (await _plane.StreamAsync()).GreetedAsync();
        await SayAsync("users", 1);
        return ListenAsync();
    }

    private async Task SayAsync(string service, long version)
    {
        await _stream.SendAsync(ScriptedStream.Endpoints(service, version, ($"{service}-1", "127.0.0.1:5001")), ScriptedStream.Absent("policy", service));
        await AdvanceUntilAsync(() => Cluster(service) is not null);
    }

    private async Task ListenAsync()
    {
        while (true)
        {
            var request = await _stream.NextAsync(CancellationToken.None);
            lock (_said)
            {
                _said.Add(request);
            }
        }
    }

    private List<DiscoveryRequest> Said()
    {
        lock (_said)
        {
            return [.. _said];
        }
    }
}
