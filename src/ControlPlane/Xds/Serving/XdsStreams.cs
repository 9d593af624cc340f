using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Xds.Mapping;

namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>
/// The streams of all clients without a sidecar, by the services that concern them. Any thread. Lock order: this one's, then a stream's; never the other way.
/// </summary>
internal sealed class XdsStreams
{
    // About 600 bytes each.
    private const long MostNames = 1_000_000;

    private readonly XdsResources _resources;
    private readonly NodeStreams _sidecars;
    private readonly Counters _counters;
    private readonly TimeProvider _time;
    private readonly Share _names = new(MostNames);
    private readonly Lock _lock = new();
    private readonly HashSet<XdsStream> _streams = [];
    private readonly Dictionary<string, HashSet<XdsStream>> _byService = [];

    public XdsStreams(XdsResources resources, FirstAnswers first, NodeStreams sidecars, ChangeDispatcher changes, Counters counters, TimeProvider time)
    {
        (_resources, _sidecars, _counters, _time) = (resources, sidecars, counters, time);
        first.Over = MarkAll;
        changes.Changed = key =>
        {
            if (key.Kind.Audience == ConfigAudience.Subscribers)
            {
                MarkChanged(key.Name);
            }
        };
    }

    /// <summary>How many are open.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _streams.Count;
            }
        }
    }

    /// <summary>How long changes are gathered: together with what sidecars are sent.</summary>
    public TimeSpan Interval => _sidecars.Pace.Interval;

    public void OnSent() => _sidecars.Pace.OnSent();

    /// <summary>Opens a client's stream; disposing it closes it.</summary>
    /// <param name="client">What decides what it is sent.</param>
    /// <param name="name">The id that it gives itself.</param>
    /// <param name="agent">What it is, as it says.</param>
    /// <param name="names">What is left of its connection's share of names to ask for.</param>
    public XdsStream Open(ClientProfile client, string name, string agent, Share names)
    {
        var stream = new XdsStream(this, _resources, _counters, _time, client, name, agent, [names, _names]);
        lock (_lock)
        {
            _streams.Add(stream);
        }

        return stream;
    }

    /// <summary>Tells every stream that it concerns that something of a service has changed.</summary>
    public void MarkChanged(string service)
    {
        lock (_lock)
        {
            foreach (var stream in _byService.GetValueOrDefault(service, []))
            {
                stream.MarkChanged(service);
            }
        }
    }

    /// <summary>What the clients that a service concerns have made of it.</summary>
    public List<XdsReceipt> Receipts(string service)
    {
        List<XdsStream> concerned;
        lock (_lock)
        {
            concerned = [.. _byService.GetValueOrDefault(service, [])];
        }

        return [.. concerned.Select(stream => stream.ReceiptOf(service)).OfType<XdsReceipt>()];
    }

    /// <summary>Whether there are clients that a service concerns.</summary>
    public bool IsCalled(string service)
    {
        lock (_lock)
        {
            return _byService.ContainsKey(service);
        }
    }

    internal void Enter(XdsStream stream, string service)
    {
        lock (_lock)
        {
            if (!_byService.TryGetValue(service, out var streams))
            {
                _byService.Add(service, streams = []);
            }

            streams.Add(stream);
        }
    }

    internal void Leave(XdsStream stream, string service)
    {
        lock (_lock)
        {
            if (_byService.TryGetValue(service, out var streams) && streams.Remove(stream) && streams.Count == 0)
            {
                _byService.Remove(service);
            }
        }
    }

    internal void Close(XdsStream stream, IEnumerable<string> services)
    {
        foreach (var service in services)
        {
            Leave(stream, service);
        }

        lock (_lock)
        {
            _streams.Remove(stream);
        }
    }

    private void MarkAll()
    {
        List<XdsStream> streams;
        lock (_lock)
        {
            streams = [.. _streams];
        }

        streams.ForEach(stream => stream.MarkAll());
    }
}
