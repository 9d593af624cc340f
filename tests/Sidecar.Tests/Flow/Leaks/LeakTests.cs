using System.Net;
using Mesh.Policy.Breaking;
using Mesh.Policy.Limiting;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Sidecar.Tests.Flow.Leaks;

/// <summary>
/// Calls by the thousand between callers and endpoints that act by chance: cancelled, refused, reset, timed out, cut off,
/// sent away. Afterwards every pool, stream, timer and window is back where it was.
/// </summary>
public sealed class LeakTests
{
    private const int CallerPort = 1;

    private static readonly ServicePolicyOptions Policy = FlowRig.Retrying(GrpcStatus.Unavailable, GrpcStatus.Internal) with
    {
        Timeouts = new TimeoutOptions
        {
            Request = TimeSpan.FromSeconds(1),
            PerTry = TimeSpan.FromMilliseconds(300),
            Connect = TimeSpan.FromMilliseconds(100),
        },
        Breaker = new BreakerOptions { Open = TimeSpan.FromMilliseconds(50) },
        Limits = new LimitOptions { MaxConcurrentRequests = 400, MaxPendingRequests = 100 },
    };

    private readonly HashSet<Endpoint> _endpoints = [];
    private readonly List<(MemoryChannel Client, MemoryChannel Server)> _pairs = [];
    /// <summary>Where the client of a pair has connected to.</summary>
    private readonly Dictionary<MemoryChannel, int> _ports = [];
    private readonly List<Http2Connection> _callers = [];
    private Random _random = null!;
    private FlowRig _rig = null!;
    private RandomCaller _caller = null!;
    private RandomServer _server = null!;

    [Theory]
    [InlineData(1, 100_000)]
    [InlineData(2, 5_000)]
    [InlineData(3, 5_000)]
    [InlineData(4, 5_000)]
    public void Nothing_is_left_of_calls_that_end_in_every_way(int seed, int calls)
    {
        _random = new Random(seed);
        _rig = new FlowRig(servers: 5, Policy, (ulong)seed);
        _rig.Loop.Connector = Connect;
        _caller = new RandomCaller(_random);
        _server = new RandomServer(_random);
        Publish(_rig.Servers);
        while (_caller.Opened < calls)
        {
            Dial(4);
            for (var i = _random.Next(12); i > 0; i--)
            {
                _caller.Open(_callers[_random.Next(_callers.Count)]);
            }

            Disturb();
            Turn();
        }

        Finish();
        Assert.Equal(calls, Math.Min(calls, _caller.Completed));
        Assert.Equal(_caller.Opened, _caller.Completed);
        AssertManyThingsHappened(calls);
        AssertWindows();
        Assert.All(_endpoints, endpoint => Assert.Equal(0, endpoint.State.Load.InFlight));
        Assert.Equal(_rig.Worker.Connections.All.Sum(connections => connections.All.Count), Alive().Count(pair => pair.Port != CallerPort));
        _rig.AssertAtRest();
    }

    private void Turn()
    {
        _caller.Act();
        _server.Act();
        _rig.Advance(1);
        Assert.Empty(_rig.Faults);
    }

    private void Dial(int count)
    {
        _callers.RemoveAll(caller => caller.IsUsedUp);
        while (_callers.Count < count)
        {
            _callers.Add(Http2Connection.Connect(
                _rig.Loop, new IPEndPoint(IPAddress.Loopback, CallerPort), _caller, new WireOptions(), new ViolationCounters()));
        }
    }

    /// <summary>A pair of channels: between a caller and the sidecar, or the sidecar and an endpoint.</summary>
    private MemoryChannel Connect(EndPoint remote)
    {
        var (client, server) = (new MemoryChannel(_rig.Loop), new MemoryChannel(_rig.Loop));
        var chance = ((IPEndPoint)remote).Port == CallerPort ? 99 : _random.Next(100);
        if (chance < 3)
        {
            _rig.Loop.Post(() => client.End(ChannelEnd.ConnectFailed));
        }
        else if (chance > 4) // between, nobody answers at all
        {
            MemoryChannel.Join(client, server);
            IConnectionHandler handler = ((IPEndPoint)remote).Port == CallerPort ? new DownstreamConnection(_rig.Flow, TunnelEntry.None(_rig.Worker), null, _ => { }) : _server;
            Http2Connection.Accept(server, handler, new WireOptions(), new ViolationCounters());
            _rig.Loop.Post(() =>
            {
                if (!client.IsClosed)
                {
                    client.Handler.OnConnected();
                }
            });
            _ports[client] = ((IPEndPoint)remote).Port;
            _pairs.Add((client, server));
        }

        return client;
    }

    private void Disturb()
    {
        _pairs.RemoveAll(pair => pair.Client.IsClosed && pair.Server.IsClosed);
        if (_pairs.Count == 0)
        {
            return;
        }

        var (client, server) = _pairs[_random.Next(_pairs.Count)];
        switch (_random.Next(1000))
        {
            case < 4:
                (server.Handler as Http2Connection)?.GoAway();
                break;
            case < 6:
                (server.Handler as Http2Connection)?.Abort(ErrorCode.InternalError, "x");
                break;
            case < 8:
                client.End(ChannelEnd.Reset);
                server.End(ChannelEnd.Reset);
                break;
            case < 10:
                (client.Handler as Http2Connection)?.GoAway();
                break;
            case < 30:
                client.Room = _random.Next(5000);
                break;
            case < 50:
                server.Room = _random.Next(5000);
                break;
            case < 300:
                Unthrottle();
                break;
            case < 303:
                Publish([.. _rig.Servers.Where((_, i) => i == 0 || _random.Next(2) == 0)]);
                break;
        }
    }

    private void Publish(Server[] servers)
    {
        _rig.Publish(servers);
        _endpoints.UnionWith(_rig.Cluster.Endpoints);
    }

    private void Unthrottle()
    {
        foreach (var (client, server) in _pairs)
        {
            client.Room = server.Room = int.MaxValue;
            client.RequestFlush();
            server.RequestFlush();
        }
    }

    /// <summary>The service's timeout ends what nobody else does.</summary>
    private void Finish()
    {
        Publish(_rig.Servers);
        Unthrottle();
        _caller.Finishing = _server.Finishing = true;
        for (var i = 0; i < 20_000 && (_rig.Worker.ExchangesInUse > 0 || _caller.Held > 0 || _server.Held > 0); i++)
        {
            Turn();
        }

        for (var i = 0; i < 6000; i++)
        {
            _rig.Advance(1); // the time that closing connections have
        }

        Assert.Equal((0, 0, 0), (_rig.Worker.ExchangesInUse, _caller.Held, _server.Held));
    }

    private void AssertManyThingsHappened(int calls)
    {
        int[] expected = [0, 2, 4, 13, 14, -1, -2];
        Assert.All(expected, status => Assert.True(_caller.Statuses.GetValueOrDefault(status) > calls / 1000, $"status {status}: {Seen()}"));
        Assert.True(_server.Requests > calls / 2);
    }

    private string Seen() => string.Join(", ", _caller.Statuses.OrderBy(s => s.Key).Select(s => $"{s.Key}: {s.Value}"));

    private IEnumerable<(Http2Connection Client, Http2Connection Server, int Port)> Alive() =>
        _pairs.Where(pair => pair is { Client: { IsClosed: false, Handler: Http2Connection { IsDead: false } }, Server: { IsClosed: false, Handler: Http2Connection { IsDead: false } } })
            .Select(pair => ((Http2Connection)pair.Client.Handler, (Http2Connection)pair.Server.Handler, _ports[pair.Client]));

    private void AssertWindows()
    {
        var alive = Alive().ToList();
        Assert.NotEmpty(alive);
        foreach (var (client, server, _) in alive)
        {
            AssertWindow(client, server);
            AssertWindow(server, client);
        }
    }

    /// <summary>What the one may send is what the other lets it, and nothing is held.</summary>
    private static void AssertWindow(Http2Connection sender, Http2Connection receiver)
    {
        var (left, held) = receiver.State.Windows.ConnectionCredit;
        Assert.Equal(0, held);
        Assert.InRange(left, new WireOptions().ConnectionWindow / 2, new WireOptions().ConnectionWindow);
        Assert.Equal(left, sender.Sender.WindowLeft);
    }
}
