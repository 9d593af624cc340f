using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mesh.Policy.Balancing;
using Mesh.Policy.Breaking;
using Mesh.Sidecar.Tests.Discovery;
using Mesh.Sidecar.Upstream;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Upstream;

public sealed class AddressResolverTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly ToldText _told = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<string, Func<IPAddress[]>> _answers = new();
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private readonly ManualResetEventSlim _silence = new();
    private volatile Endpoint[] _endpoints = [];
    private volatile TaskCompletionSource _changed = new();
    private Task _running = Task.CompletedTask;
    private int _underWay;
    private int _mostUnderWay;

    [Fact]
    public async Task All_addresses_of_a_name_are_found_and_an_address_needs_no_look_up()
    {
        Answer("db", "::1", "127.0.0.1");
        Start("db:80", "10.0.0.1:81", "[::2]:82");
        Assert.Equal(["10.0.0.1:81", "[::2]:82"], _endpoints[1..].Select(endpoint => endpoint.Addresses.Single().ToString()));
        await Wait.UntilAsync(() => _endpoints[0].Addresses.Count > 0);
        Assert.Equal(["127.0.0.1:80", "[::1]:80"], _endpoints[0].Addresses.Select(address => address.ToString()));
        Assert.Equal(["db"], _asked.Keys);
    }

    [Fact]
    public async Task Names_without_an_answer_keep_no_other_waiting_and_calls_are_told_after_a_while()
    {
        Answer("db", "10.0.0.1");
        string[] silent = [.. Enumerable.Range(0, AddressResolver.MostLookUps - 1).Select(i => $"silent-{i}")];
        Array.ForEach(silent, Silence);
        Start([.. silent.Select(name => name + ":1"), "db:80"]);
        await Wait.UntilAsync(() => _endpoints[^1].Addresses.Count > 0);
        Assert.Null(_endpoints[0].LookUpFailure);

        await Wait.UntilAsync(() => Volatile.Read(ref _underWay) == silent.Length);
        await AdvanceUntilAsync(() => _endpoints[0].LookUpFailure is not null);
        Assert.Equal("the name 'silent-0' does not resolve: no answer within 5s", _endpoints[0].LookUpFailure);

        _silence.Set();
        await Wait.UntilAsync(() => _endpoints[..^1].All(endpoint => endpoint is { Addresses.Count: 1, LookUpFailure: null }));
    }

    [Fact]
    public async Task Only_so_many_threads_hang_at_the_system_s_resolver()
    {
        string[] silent = [.. Enumerable.Range(0, 3 * AddressResolver.MostLookUps).Select(i => $"silent-{i}")];
        Array.ForEach(silent, Silence);
        Start([.. silent.Select(name => name + ":1")]);
        await Wait.UntilAsync(() => Volatile.Read(ref _underWay) == AddressResolver.MostLookUps);
        await AdvanceUntilAsync(() => _endpoints.Count(endpoint => endpoint.LookUpFailure is not null) >= AddressResolver.MostLookUps);
        _silence.Set();
        await AdvanceUntilAsync(() => _endpoints.All(endpoint => endpoint.Addresses.Count == 1));
        Assert.Equal(AddressResolver.MostLookUps, _mostUnderWay);
    }

    [Fact]
    public async Task A_name_that_moves_is_followed_and_one_that_resolves_no_more_keeps_its_addresses()
    {
        Answer("db", "10.0.0.1");
        Start("db:80");
        await Wait.UntilAsync(() => _endpoints[0].Addresses.Count == 1);
        Answer("db", "10.0.0.2");
        await AdvanceUntilAsync(() => _endpoints[0].Addresses.Single().ToString() == "10.0.0.2:80");
        Assert.Contains("the name 'db' has moved from 10.0.0.1 to 10.0.0.2", _told.ToString(), StringComparison.Ordinal);

        _answers["db"] = () => throw new SocketException((int)SocketError.TryAgain, "no server answers");
        await AdvanceUntilAsync(() => _told.ToString().Contains("the name 'db' does not resolve: no server answers; its last addresses hold", StringComparison.Ordinal));
        Assert.Equal("10.0.0.2:80", _endpoints[0].Addresses.Single().ToString());
        Assert.Null(_endpoints[0].LookUpFailure);
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_is_looked_up_soon_but_not_with_each_failure()
    {
        Answer("db", "10.0.0.1");
        Start("db:80");
        await Wait.UntilAsync(() => _endpoints[0].Addresses.Count == 1);
        Answer("db", "10.0.0.2");
        _time.Advance(AddressResolver.ShortestPause);
        for (var i = 0; i < 100; i++)
        {
            _endpoints[0].WhenUnreachable!();
        }

        await Wait.UntilAsync(() => _endpoints[0].Addresses.Single().ToString() == "10.0.0.2:80");
        Assert.Equal(2, _asked["db"]);
    }

    [Fact]
    public async Task A_name_that_appears_later_is_looked_up_then_and_once_for_all_who_have_it()
    {
        Answer("db", "10.0.0.1");
        Start("10.0.0.1:1");
        Publish("db:80", "db:81");
        await Wait.UntilAsync(() => _endpoints.All(endpoint => endpoint.Addresses.Count == 1));
        Assert.Equal(1, _asked["db"]);
        Publish("db:82");
        await Wait.UntilAsync(() => _endpoints[0].Addresses.Count == 1);
        Assert.Equal(1, _asked["db"]);
    }

    public async ValueTask DisposeAsync()
    {
        _silence.Set();
        await _stop.CancelAsync();
        await _running.WaitAsync(Wait.Limit);
    }

    private void Start(params string[] addresses)
    {
        Publish(addresses);
        var log = new Log(LogLevel.Information, _told, _time);
        var resolver = new AddressResolver(() => _endpoints, () => _changed.Task, LookUp, new Random(1), _time, log);
        _running = Task.Run(() => resolver.RunAsync(_stop.Token));
    }

    private void Publish(params string[] addresses)
    {
        _endpoints = [.. addresses.Select(address => new Endpoint("s", address, address, new EndpointState(address, new CircuitBreaker(new BreakerOptions()))))];
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private void Answer(string name, params string[] addresses) => _answers[name] = () => [.. addresses.Select(IPAddress.Parse)];

    private void Silence(string name) => _answers[name] = () =>
    {
        _silence.Wait();
        return [IPAddress.Parse("10.0.0.2")];
    };

    private IPAddress[] LookUp(string host)
    {
        _asked.AddOrUpdate(host, 1, (_, count) => count + 1);
        var now = Interlocked.Increment(ref _underWay);
        _mostUnderWay = Math.Max(_mostUnderWay, now);
        try
        {
            return _answers[host]();
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(500));
        return condition();
    });
}
