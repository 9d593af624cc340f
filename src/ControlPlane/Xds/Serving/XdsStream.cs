using System.Globalization;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Signals;
using Mesh.ControlPlane.Xds.Mapping;

namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>
/// One client's stream. Its reader calls <see cref="Read"/>, its writer <see cref="NextAsync"/>, and whoever changes something <see cref="MarkChanged"/>; the lock
/// is held for bookkeeping alone. What is sent is the state at that moment, and of one kind nothing more before the last is answered, unless more was asked
/// for: a slow client gets the newest, and never a backlog.
/// </summary>
internal sealed class XdsStream : IDisposable
{
    /// <summary>Of one kind. A response of listeners or clusters holds all of them, and clients accept 4 MiB.</summary>
    public const int MaxNames = 5_000;

    /// <summary>That those have together.</summary>
    public const int MaxNameBytes = 512 * 1024;

    // Of a response of routes or endpoints, which may be several.
    private const int ResponseBytes = 1024 * 1024;

    private readonly XdsStreams _all;
    private readonly XdsResources _resources;
    private readonly Counters _counters;
    private readonly TimeProvider _time;
    private readonly Share[] _names;
    private readonly Signal _changed = new();
    private readonly Lock _lock = new();
    private readonly XdsSubscription[] _subscriptions = [.. XdsKind.All.Select(kind => new XdsSubscription(kind))];
    private readonly Dictionary<string, HashSet<(XdsSubscription Of, string Name)>> _services = [];
    private int _held;
    private long _nonce;

    public XdsStream(XdsStreams all, XdsResources resources, Counters counters, TimeProvider time, ClientProfile client, string name, string agent, Share[] names)
    {
        (_all, _resources, _counters, _time, _names) = (all, resources, counters, time, names);
        (Client, Name, Agent) = (client, name, agent);
    }

    public ClientProfile Client { get; }

    /// <summary>The id that it gives itself; fit to be shown.</summary>
    public string Name { get; }

    /// <summary>What it is, as it says; fit to be shown.</summary>
    public string Agent { get; }

    /// <summary>The client asks for something, or answers.</summary>
    /// <param name="request">Of a kind that there is.</param>
    /// <param name="answer">What it made of the last response.</param>
    /// <returns>Why it may not ask for so much; null if it may.</returns>
    public string? Read(Envoy.DiscoveryRequest request, out XdsAnswer answer)
    {
        answer = default;
        var subscription = Array.Find(_subscriptions, one => one.Kind.TypeUrl == request.TypeUrl)!;
        if (request.ResourceNames.Count > MaxNames)
        {
            return $"{request.ResourceNames.Count} names are too many; a stream may ask for {MaxNames} of a kind";
        }

        if (request.ResourceNames.Sum(name => (long)name.Length) is > MaxNameBytes and var bytes)
        {
            return $"names of {bytes} characters are too many; those of one kind may have {MaxNameBytes}";
        }

        List<string> added;
        List<string> removed;
        lock (_lock)
        {
            (added, removed, answer) = subscription.Read(request);
            Share.Release(_names, removed.Count);
            _held -= removed.Count;
            if (Share.Hold(_names, added.Count) is { } spent)
            {
                return $"streams ask for {spent.Held} names, and {(spent == _names[0] ? "those of one connection" : "all together")} may ask for {spent.Most}";
            }

            _held += added.Count;
        }

        Count(answer);
        // Entered before its state is read: a change between the two is then seen, at worst twice.
        Enter(subscription, added);
        lock (_lock)
        {
            subscription.Add(added);
        }

        Leave(subscription, removed);
        _changed.Set();
        return null;
    }

    /// <summary>Something of a service has changed.</summary>
    public void MarkChanged(string service)
    {
        lock (_lock)
        {
            foreach (var (of, name) in _services.GetValueOrDefault(service, []))
            {
                if (of.Resources.ContainsKey(name))
                {
                    of.Waiting.Add(name);
                }
            }
        }

        _changed.Set();
    }

    /// <summary>What could not be said before can be said now.</summary>
    public void MarkAll()
    {
        lock (_lock)
        {
            foreach (var subscription in _subscriptions)
            {
                subscription.Waiting.UnionWith(subscription.Resources.Keys);
            }
        }

        _changed.Set();
    }

    /// <summary>What to send next; waits until there is something.</summary>
    public async ValueTask<Envoy.DiscoveryResponse> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryNext(out var left) is { } response)
            {
                return response;
            }

            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, _time, cancellation);
            }
            else
            {
                await _changed.WaitAsync(cancellation);
            }
        }
    }

    /// <summary>What its client has made of what concerns a service; null if nothing does.</summary>
    public XdsReceipt? ReceiptOf(string service)
    {
        lock (_lock)
        {
            if (!_services.TryGetValue(service, out var names))
            {
                return null;
            }

            var isCurrent = true;
            var error = "";
            foreach (var (of, name) in names)
            {
                var sent = of.Resources.GetValueOrDefault(name);
                isCurrent &= sent is { IsApplied: true } && !of.Waiting.Contains(name);
                error = error.Length == 0 && sent?.Error is { } why ? $"{of.Kind} {name}: {why}" : error;
            }

            return new XdsReceipt(Name, Agent, isCurrent, error);
        }
    }

    /// <summary>Leaves everything.</summary>
    public void Dispose()
    {
        List<string> services;
        lock (_lock)
        {
            services = [.. _services.Keys];
            _services.Clear();
            Share.Release(_names, _held);
            _held = 0;
        }

        _all.Close(this, services);
    }

    private void Count(XdsAnswer answer)
    {
        for (var i = 0; i < answer.Resources; i++)
        {
            if (answer.Error is null)
            {
                _counters.Acknowledged();
            }
        }

        if (answer.Error is not null)
        {
            _counters.Rejected();
        }
    }

    // Listeners are not among them: they never change.
    private void Enter(XdsSubscription subscription, List<string> names)
    {
        foreach (var name in subscription.Kind == XdsKind.Listeners ? [] : names)
        {
            if (subscription.Kind.ServiceOf(name) is not { } service)
            {
                continue;
            }

            bool isNew;
            lock (_lock)
            {
                isNew = !_services.TryGetValue(service, out var concerned);
                if (isNew)
                {
                    _services.Add(service, concerned = []);
                }

                concerned!.Add((subscription, name));
            }

            if (isNew)
            {
                _all.Enter(this, service);
            }
        }
    }

    private void Leave(XdsSubscription subscription, List<string> names)
    {
        foreach (var service in names.Select(subscription.Kind.ServiceOf).OfType<string>().Distinct())
        {
            bool isLast;
            lock (_lock)
            {
                isLast = _services.TryGetValue(service, out var concerned)
                    && concerned.RemoveWhere(one => one.Of == subscription && !subscription.Resources.ContainsKey(one.Name)) > 0
                    && concerned.Count == 0 && _services.Remove(service);
            }

            if (isLast)
            {
                _all.Leave(this, service);
            }
        }
    }

    private Envoy.DiscoveryResponse? TryNext(out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        foreach (var subscription in _subscriptions)
        {
            List<string> names;
            bool isAsked;
            lock (_lock)
            {
                if (!subscription.IsDue)
                {
                    continue;
                }

                // What was asked for is waited for; changes are gathered.
                if (!subscription.IsAsked && subscription.SentAt is { } at && _all.Interval - _time.GetElapsedTime(at) is { Ticks: > 0 } left)
                {
                    wait = wait == TimeSpan.Zero || left < wait ? left : wait;
                    continue;
                }

                (names, isAsked) = subscription.TakeWaiting();
            }

            if (Respond(subscription, names, isAsked) is { } response)
            {
                wait = TimeSpan.Zero;
                return response;
            }
        }

        return null;
    }

    /// <summary>What has changed of these; of a kind whose responses are whole, then all. Null if nothing has.</summary>
    private Envoy.DiscoveryResponse? Respond(XdsSubscription subscription, List<string> names, bool isAsked)
    {
        List<XdsResource> changed = [];
        var bytes = 0;
        for (var i = 0; i < names.Count; i++)
        {
            if (bytes >= ResponseBytes && !subscription.Kind.IsWhole)
            {
                PutBack(subscription, names[i..]);
                break;
            }

            // Outside the lock: it may have to be made.
            if (_resources.Find(subscription.Kind, names[i], Client) is { } resource && !resource.IsSameAs(LastOf(subscription, names[i])))
            {
                changed.Add(resource);
                bytes += resource.Bytes;
            }
        }

        if (changed.Count == 0 && !(isAsked && subscription.Kind.IsWhole))
        {
            return null;
        }

        return Send(subscription, subscription.Kind.IsWhole ? All(subscription) : changed);
    }

    private XdsResource? LastOf(XdsSubscription subscription, string name)
    {
        lock (_lock)
        {
            return subscription.Resources.TryGetValue(name, out var sent) ? sent.Last : null;
        }
    }

    private List<XdsResource> All(XdsSubscription subscription)
    {
        List<(string Name, XdsResource? Last)> names;
        lock (_lock)
        {
            names = [.. subscription.Resources.Select(pair => (pair.Key, pair.Value.Last))];
        }

        // What is missing is deleted: one that cannot be made now stays as it was.
        return [.. names.Select(one => _resources.Find(subscription.Kind, one.Name, Client) ?? one.Last).OfType<XdsResource>()];
    }

    private void PutBack(XdsSubscription subscription, List<string> names)
    {
        lock (_lock)
        {
            subscription.Add(names.Where(subscription.Resources.ContainsKey).ToList());
        }
    }

    private Envoy.DiscoveryResponse Send(XdsSubscription subscription, List<XdsResource> resources)
    {
        var response = new Envoy.DiscoveryResponse { TypeUrl = subscription.Kind.TypeUrl, Nonce = (++_nonce).ToString(CultureInfo.InvariantCulture) };
        response.Resources.Add(resources.Select(resource => resource.Body));
        lock (_lock)
        {
            subscription.OnSent(resources, response.Nonce, _time.GetTimestamp());
            response.VersionInfo = subscription.Revision.ToString(CultureInfo.InvariantCulture);
        }

        _all.OnSent();
        for (var i = 0; i < resources.Count; i++)
        {
            _counters.Pushed();
        }

        return response;
    }
}
