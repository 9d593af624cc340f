using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Signals;
using Mesh.V1;

namespace Mesh.ControlPlane.Snapshots;

/// <summary>
/// One sidecar's stream: what it has subscribed to, what it was sent and what it said to that. Its reader calls
/// <see cref="TrySubscribe"/>, <see cref="Unsubscribe"/> and <see cref="Acknowledge"/>, its writer
/// <see cref="NextAsync"/>, and whoever changes a resource <see cref="MarkChanged"/>; the lock is held for no more
/// than bookkeeping. A resource waits to be sent at most once, and what is sent is its state at that moment, so a slow
/// sidecar gets the newest and never a backlog.
/// </summary>
internal sealed class NodeStream : IDisposable
{
    /// <summary>Services one stream may ask for; more is no sidecar's need.</summary>
    public const int MaxSubscriptions = 10_000;

    private readonly NodeStreams _all;
    private readonly ResourceMessages _messages;
    private readonly Counters _counters;
    private readonly Signal _changed = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceKey, SentResource> _resources = [];
    private readonly Dictionary<long, ResourceKey> _unanswered = [];
    private readonly Queue<ResourceKey> _waiting = new();
    private readonly HashSet<ResourceKey> _isWaiting = [];
    private long _nonce;

    public NodeStream(NodeStreams all, ResourceMessages messages, Counters counters, Hello hello)
    {
        _all = all;
        _messages = messages;
        _counters = counters;
        Hello = hello;
    }

    /// <summary>Who it is.</summary>
    public Hello Hello { get; }

    /// <summary>For people: <c>SERVICE/INSTANCE</c>.</summary>
    public string Name => $"{(Hello.Service.Length == 0 ? "-" : Hello.Service)}/{(Hello.InstanceId.Length == 0 ? "-" : Hello.InstanceId)}";

    /// <summary>Sends these from now on, and again if they were subscribed already; false if they would be too many.</summary>
    public bool TrySubscribe(IReadOnlyCollection<string> services)
    {
        lock (_lock)
        {
            var more = services.Distinct().Count(service => !_resources.ContainsKey(new(ResourceKind.Endpoints, service)));
            // Two resources a service. What waits counts as well: it may have been unsubscribed, but is held all the same.
            if ((Math.Max(_resources.Count, _waiting.Count) / 2) + more > MaxSubscriptions)
                return false;
        }
        foreach (var service in services)
        {
            // Entered before its state is read: a change between the two is then seen, at worst twice.
            _all.Enter(this, service);
            lock (_lock)
            {
                foreach (var key in KeysOf(service))
                {
                    _resources.TryAdd(key, new SentResource());
                    _resources[key].Version = SentResource.None;
                    Enqueue(key);
                }
            }
        }
        _changed.Set();
        return true;
    }

    /// <summary>Sends these no longer.</summary>
    public void Unsubscribe(IEnumerable<string> services)
    {
        foreach (var service in services)
        {
            _all.Leave(this, service);
            lock (_lock)
            {
                foreach (var key in KeysOf(service))
                {
                    if (_resources.Remove(key, out var sent))
                        _unanswered.Remove(sent.Nonce);
                }
            }
        }
    }

    /// <summary>A subscribed resource has changed.</summary>
    public void MarkChanged(ResourceKey key)
    {
        lock (_lock)
        {
            if (!_resources.ContainsKey(key))
                return;
            Enqueue(key);
        }
        _changed.Set();
    }

    /// <summary>What to send next; waits until there is something.</summary>
    public async ValueTask<DiscoveryResponse> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryNext(out var any) is { } response)
                return response;
            if (!any)
                await _changed.WaitAsync(cancellation);
        }
    }

    /// <summary>The sidecar's answer to a response. One to a response that another has replaced only counts.</summary>
    /// <returns>What it has rejected; null if it has applied it.</returns>
    public RejectedResource? Acknowledge(long nonce, string error)
    {
        var rejected = error.Length != 0;
        if (rejected)
            _counters.Rejected();
        else
            _counters.Acknowledged();
        lock (_lock)
        {
            if (!_unanswered.Remove(nonce, out var key))
                return null;
            var sent = _resources[key];
            sent.Error = rejected ? error : null;
            if (!rejected)
                sent.AppliedVersion = sent.Version;
            return rejected ? new RejectedResource(Name, key, sent.Version, error) : null;
        }
    }

    /// <summary>What its sidecar does not apply at present.</summary>
    public List<RejectedResource> Rejected()
    {
        lock (_lock)
        {
            return [.. from resource in _resources
                       let error = resource.Value.Error
                       where error is not null
                       select new RejectedResource(Name, resource.Key, resource.Value.Version, error)];
        }
    }

    /// <summary>Leaves everything.</summary>
    public void Dispose()
    {
        List<string> services;
        lock (_lock)
            services = [.. _resources.Keys.Where(key => key.Kind == ResourceKind.Endpoints).Select(key => key.Service)];
        Unsubscribe(services);
        _all.Close(this);
    }

    private DiscoveryResponse? TryNext(out bool any)
    {
        ResourceKey key;
        lock (_lock)
        {
            any = _waiting.TryDequeue(out key);
            if (!any)
                return null;
            _isWaiting.Remove(key);
        }

        // Outside the lock: those who change resources must not wait for a large message. A change meanwhile puts the resource
        // back in line.
        var response = new DiscoveryResponse();
        long version;
        if (key.Kind == ResourceKind.Endpoints)
            version = (response.Endpoints = _messages.Endpoints(key.Service)).Version;
        else
            version = (response.Policy = _messages.Policy(key.Service)).Version;

        lock (_lock)
        {
            if (!_resources.TryGetValue(key, out var sent) || version == sent.Version)
                return null;

            _unanswered.Remove(sent.Nonce);
            response.Nonce = ++_nonce;
            sent.Nonce = _nonce;
            sent.Version = version;
            _unanswered.Add(_nonce, key);
            _counters.Pushed();
            return response;
        }
    }

    private void Enqueue(ResourceKey key)
    {
        if (_isWaiting.Add(key))
            _waiting.Enqueue(key);
    }

    private static ResourceKey[] KeysOf(string service) =>
        [new(ResourceKind.Endpoints, service), new(ResourceKind.Policy, service)];
}
