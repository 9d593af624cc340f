using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Signals;
using Mesh.ControlPlane.Store;
using Mesh.Policy.Sharing;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// One sidecar's stream: what it has subscribed to or is sent as one of its service's own, and what it said to that. Its reader calls
/// <see cref="Subscribe"/>, <see cref="Unsubscribe"/> and <see cref="Acknowledge"/>, its writer
/// <see cref="NextAsync"/>, and whoever changes a resource <see cref="MarkChanged"/>; the lock is held for no more
/// than bookkeeping. A resource waits to be sent at most once, and what is sent is its state at that moment, so a slow
/// sidecar gets the newest and never a backlog.
/// </summary>
internal sealed class NodeStream : IDisposable
{
    /// <summary>Services one stream may ask for; more is no sidecar's need.</summary>
    public const int MaxSubscriptions = 10_000;

    /// <summary>That wait to be sent.</summary>
    private const int MostQuestions = 8;

    private readonly NodeStreams _all;
    private readonly ResourceKinds _kinds;
    private readonly StoreIdentity _store;
    private readonly Counters _counters;
    private readonly TimeProvider _time;
    private readonly Share[] _names;
    private readonly Signal _changed = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceKey, SentResource> _resources = [];
    private readonly UnansweredResponses _unanswered = new();
    private readonly Queue<ResourceKey> _waiting = new();
    private readonly HashSet<ResourceKey> _isWaiting = [];
    private ulong? _appliedDigest;
    private readonly Queue<CallQuestion> _questions = new();
    private bool _wantsHolding;
    private bool _observesOthers;
    private Grants? _grants;

    // The writer's own.
    private ResourceParts? _parts;
    private bool _isFull;
    private long _nonce;
    private long? _sentAt;

    public NodeStream(
        NodeStreams all, ResourceKinds kinds, StoreIdentity store, Counters counters, TimeProvider time, Hello hello, Share[] names)
    {
        _names = names;
        _all = all;
        _kinds = kinds;
        _store = store;
        _counters = counters;
        _time = time;
        Hello = hello;
        Name = $"{(hello.Service.Length == 0 ? "-" : hello.Service)}/{(hello.InstanceId.Length == 0 ? "-" : hello.InstanceId)}";
    }

    /// <summary>Who it is.</summary>
    public Hello Hello { get; }

    /// <summary>For people: <c>SERVICE/INSTANCE</c>.</summary>
    public string Name { get; }

    /// <summary>Sends these from now on, and again if they were subscribed already.</summary>
    /// <returns>Why not, if they would be too many; null if it does.</returns>
    public string? Subscribe(Subscribe subscribe)
    {
        lock (_lock)
        {
            var more = subscribe.Services.Distinct().Count(service => !_resources.ContainsKey(new(_kinds.ForSubscribers[0], service)));
            // What waits counts as well: it may have been unsubscribed, but is held all the same.
            if ((Math.Max(_resources.Count, _waiting.Count) / _kinds.ForSubscribers.Count) + more > MaxSubscriptions)
            {
                return $"a stream may ask for {MaxSubscriptions} services";
            }

            if (Share.Hold(_names, more) is { } spent)
            {
                return $"streams ask for {spent.Held} services, and {(spent == _names[0] ? "those of one connection" : "all together")} may ask for {spent.Most}";
            }
        }

        var known = KnownVersions(subscribe);
        foreach (var service in subscribe.Services)
        {
            // Entered before its state is read: a change between the two is then seen, at worst twice.
            _all.Enter(this, ConfigAudience.Subscribers, service);
            lock (_lock)
            {
                foreach (var kind in _kinds.ForSubscribers)
                {
                    Add(kind, service).Renew(known.GetValueOrDefault((kind.Name, service), SentResource.None));
                }
            }
        }

        _changed.Set();
        return null;
    }

    /// <summary>Sends what concerns those beside whom the calls of a service come in, from now on.</summary>
    public void EnterOwn()
    {
        _all.Enter(this, ConfigAudience.OwnSidecars, Hello.Service);
        lock (_lock)
        {
            foreach (var kind in _kinds.ForOwnSidecars)
            {
                Add(kind, Hello.Service);
            }
        }

        _changed.Set();
    }

    /// <summary>Sends whom to believe, from now on.</summary>
    public void EnterTrust()
    {
        _all.Enter(this, ConfigAudience.Identified, ReservedName.Value);
        lock (_lock)
        {
            Add(_kinds.Trust, ReservedName.Value);
        }

        _changed.Set();
    }

    /// <summary>Sends these no longer.</summary>
    public void Unsubscribe(IEnumerable<string> services)
    {
        foreach (var service in services)
        {
            _all.Leave(this, ConfigAudience.Subscribers, service);
            lock (_lock)
            {
                if (_resources.ContainsKey(new ResourceKey(_kinds.ForSubscribers[0], service)))
                {
                    Share.Release(_names, 1);
                }

                foreach (var kind in _kinds.ForSubscribers)
                {
                    if (_resources.Remove(new ResourceKey(kind, service), out var sent))
                    {
                        _appliedDigest = null;
                        _observesOthers |= sent.Observed is not null;
                        _unanswered.Replace(sent, null);
                    }
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
            {
                return;
            }

            Enqueue(key);
        }

        _changed.Set();
    }

    /// <summary>
    /// What to send next; waits until there is something, and for what else comes within <see cref="Pace.Interval"/> of the
    /// last. The first holds nothing: it says who we are.
    /// </summary>
    public async ValueTask<DiscoveryResponse> NextAsync(CancellationToken cancellation)
    {
        if (_nonce == 0)
        {
            var first = NewResponse();
            first.LeaseTtl = _all.LeaseTtl;
            first.HoldingInterval = _all.LeaseTtl;
            first.DemandInterval = SharingPace.Interval(0).ToDuration();
            return Numbered(first);
        }

        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!IsAnyWaiting)
            {
                await _changed.WaitAsync(cancellation);
                continue;
            }

            // What did not go into the last response does not wait: nothing is gained by it.
            if (!_isFull && _sentAt is { } sentAt && _all.Pace.Interval - _time.GetElapsedTime(sentAt) is { Ticks: > 0 } left)
            {
                await Task.Delay(left, _time, cancellation);
            }

            if (TryNext() is { } response)
            {
                return response;
            }
        }
    }

    /// <summary>The sidecar's answer to a response. One to what was sent again since, or to none, is not minded.</summary>
    /// <returns>What it has rejected.</returns>
    public IReadOnlyList<RejectedResource> Acknowledge(Ack ack)
    {
        List<RejectedResource>? rejected = null;
        lock (_lock)
        {
            if (_unanswered.Remove(ack.Nonce) is not { } response)
            {
                return [];
            }

            _appliedDigest = null;
            var errors = ErrorsOf(ack);
            for (var i = 0; i < response.Resources.Count; i++)
            {
                var sent = response.Resources[i];
                if (sent.Response != response)
                {
                    continue;
                }

                var error = errors?.GetValueOrDefault((sent.Key.Kind.Name, sent.Key.Name));
                sent.OnAnswered(error);
                if (error is null)
                {
                    _counters.Acknowledged();
                    continue;
                }

                _counters.Rejected();
                (rejected ??= []).Add(new RejectedResource(Name, sent.Key, sent.Version, error));
            }
        }

        return rejected ?? (IReadOnlyList<RejectedResource>)[];
    }

    /// <summary>
    /// The sidecar says what it holds, as the sum of digests, or each. What is not as it was sent and applied is sent again, once it is
    /// known which it is. While an answer is under way nothing is compared.
    /// </summary>
    /// <returns>What is sent again.</returns>
    public IReadOnlyList<ResourceKey> Compare(Holding holding)
    {
        List<ResourceKey> repaired = [];
        lock (_lock)
        {
            if (_unanswered.Count != 0 || holding.Digest == (_appliedDigest ??= HoldingComparison.SumOfApplied(_resources.Values)))
            {
                return repaired;
            }

            if (holding.Itemized)
            {
                repaired = HoldingComparison.ToBeRepaired(_resources.Values, holding);
                repaired.ForEach(Enqueue);
            }
            else
            {
                _wantsHolding = true;
            }
        }

        _counters.Repaired(repaired.Count);
        _changed.Set();
        return repaired;
    }

    /// <summary>Whether its sidecar is sent a resource.</summary>
    public bool IsSent(string kind, string name)
    {
        lock (_lock)
        {
            return _kinds.All.FirstOrDefault(one => one.Name == kind) is { } known && _resources.ContainsKey(new ResourceKey(known, name));
        }
    }

    /// <summary>Its sidecar has a part of a limit that it shares.</summary>
    /// <param name="grant">Which.</param>
    /// <param name="valid">How long it holds.</param>
    /// <param name="interval">How often it says what it needs, from now on.</param>
    public void Grant(LimitGrant grant, Duration valid, Duration interval)
    {
        lock (_lock)
        {
            _grants ??= new Grants();
            if (_grants.Limits.FirstOrDefault(waiting => waiting.Limit.Equals(grant.Limit)) is { } former)
            {
                _grants.Limits.Remove(former); // of a slow sidecar, who reads the newest
            }

            _grants.Limits.Add(grant);
            (_grants.Valid, _grants.Interval) = (valid, interval);
        }

        _changed.Set();
    }

    /// <summary>Asks its sidecar what it remembers of calls.</summary>
    /// <returns>Whether there is room: one that does not read is asked no more.</returns>
    public bool Ask(CallQuestion question)
    {
        lock (_lock)
        {
            if (_questions.Count == MostQuestions)
            {
                return false;
            }

            _questions.Enqueue(question);
        }

        _changed.Set();
        return true;
    }

    /// <summary>What its sidecar has made of a resource; null if that does not concern it.</summary>
    public ResourceReceipt? ReceiptOf(ResourceKey key)
    {
        lock (_lock)
        {
            return _resources.TryGetValue(key, out var sent) ? new ResourceReceipt(Name, sent.Applied, sent.Error, sent.Rejected) : null;
        }
    }

    /// <summary>What its sidecar does not apply at present.</summary>
    public IReadOnlyList<RejectedResource> Rejected()
    {
        List<RejectedResource>? rejected = null;
        lock (_lock)
        {
            foreach (var resource in _resources.Values)
            {
                if (resource.Error is { } error)
                {
                    (rejected ??= []).Add(new RejectedResource(Name, resource.Key, resource.Version, error));
                }
            }
        }

        return rejected ?? (IReadOnlyList<RejectedResource>)[];
    }

    /// <summary>Leaves everything.</summary>
    public void Dispose()
    {
        HashSet<string> services;
        lock (_lock)
        {
            services = [.. _resources.Keys.Select(key => key.Name)];
        }

        Unsubscribe(services);
        if (Hello.Inbound)
        {
            _all.Leave(this, ConfigAudience.OwnSidecars, Hello.Service);
        }

        if (Hello.Trust)
        {
            _all.Leave(this, ConfigAudience.Identified, ReservedName.Value);
        }

        _all.Close(this);
    }

    private Dictionary<(string Kind, string Name), long> KnownVersions(Subscribe subscribe)
    {
        var known = new Dictionary<(string, string), long>();
        if (subscribe.StoreId == _store.Id)
        {
            foreach (var resource in subscribe.Known)
            {
                known[(resource.Kind, resource.Name)] = resource.Version;
            }
        }

        return known;
    }

    private static Dictionary<(string Kind, string Name), string>? ErrorsOf(Ack ack)
    {
        if (ack.Rejected.Count == 0)
        {
            return null;
        }

        var errors = new Dictionary<(string, string), string>();
        foreach (var rejected in ack.Rejected)
        {
            errors[(rejected.Kind, rejected.Name)] = rejected.Error;
        }

        return errors;
    }

    private bool IsAnyWaiting
    {
        get
        {
            if (_parts is not null)
            {
                return true;
            }

            lock (_lock)
            {
                return _waiting.Count != 0 || _wantsHolding || _grants is not null || _questions.Count != 0;
            }
        }
    }

    private DiscoveryResponse NewResponse() => new() { StoreId = _store.Id, Revision = _store.Revision };

    private DiscoveryResponse Numbered(DiscoveryResponse response)
    {
        response.Nonce = ++_nonce;
        return response;
    }

    /// <summary>What waits, as far as one response goes; null if that is nothing.</summary>
    private DiscoveryResponse? TryNext()
    {
        // The revision first: what is read after it holds every change up to it.
        var response = NewResponse();
        var sent = new SentResponse(_nonce + 1);
        int left;
        lock (_lock)
        {
            left = _waiting.Count; // one that changes meanwhile has its turn in the next response
            (response.WantsHolding, _wantsHolding) = (_wantsHolding, false);
            (response.Grants, _grants) = (_grants, null);
            response.Questions.Add(_questions);
            _questions.Clear();
        }

        for (var bytes = 0; bytes < ResourceParts.MaxBytes && (_parts ?? TakeNext(ref left)) is { } parts;)
        {
            var part = parts.Next();
            bytes += part.CalculateSize();
            response.Resources.Add(part);
            _parts = parts.IsDone ? null : parts;
            if (parts.IsDone)
            {
                OnSent(parts, sent);
            }
        }

        _isFull = _parts is not null || left > 0;

        lock (_lock)
        {
            if (_observesOthers)
            {
                _observesOthers = false;
                response.Observe = ObserveRequest.Of(_resources.Values);
            }

            if (sent.IsOpen)
            {
                _unanswered.Add(sent);
            }
        }

        if (response.Resources.Count == 0 && !response.WantsHolding && response.Observe is null && response.Grants is null && response.Questions.Count == 0)
        {
            return null;
        }

        _all.Pace.OnSent();
        _sentAt = _time.GetTimestamp();
        return Numbered(response);
    }

    /// <summary>The next of what waits that the sidecar does not have yet.</summary>
    private ResourceParts? TakeNext(ref int left)
    {
        while (left-- > 0)
        {
            ResourceKey key;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out key))
                {
                    return null;
                }

                _isWaiting.Remove(key);
            }

            // Outside the lock: those who change resources must not wait for a large one to be serialized. A change meanwhile
            // puts it back in line.
            var state = key.Kind.Find(key.Name, Name);
            var digest = _kinds.DigestOf(state);
            var rollout = key.Kind.RolloutOf(key.Name);
            lock (_lock)
            {
                if (!_resources.TryGetValue(key, out var sent))
                {
                    continue;
                }

                _observesOthers |= sent.Observed?.Id != rollout?.Id;
                sent.Observed = rollout;
                if (sent.Is(state))
                {
                    continue;
                }

                return new ResourceParts(key, !state.Absent && sent.KnownVersion == state.Version ? Unchanged(state) : state, digest);
            }
        }

        return null;
    }

    private void OnSent(ResourceParts parts, SentResponse response)
    {
        lock (_lock)
        {
            if (!_resources.TryGetValue(parts.Key, out var sent))
            {
                return; // unsubscribed since
            }

            _unanswered.Replace(sent, response);
            sent.OnSent(parts.Whole, parts.Digest);
            response.Add(sent);
        }

        _counters.Pushed();
    }

    // What is below runs under the lock.

    private SentResource Add(ResourceKind kind, string service)
    {
        var key = new ResourceKey(kind, service);
        if (!_resources.TryGetValue(key, out var sent))
        {
            _resources.Add(key, sent = new SentResource(key));
        }

        Enqueue(key);
        return sent;
    }

    private void Enqueue(ResourceKey key)
    {
        if (_isWaiting.Add(key))
        {
            _waiting.Enqueue(key);
        }
    }

    private static Resource Unchanged(Resource resource) =>
        new() { Kind = resource.Kind, Name = resource.Name, Version = resource.Version, Unchanged = true };
}
