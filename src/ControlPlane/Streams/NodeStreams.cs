using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Streams;

/// <summary>
/// All sidecars' streams, by the services they have subscribed to and those they stand beside, so that a change goes to those it concerns and to no
/// other. Any thread. Lock order: this one's, then a stream's; never the other way.
/// </summary>
internal sealed class NodeStreams(ResourceKinds kinds, StoreIdentity store, RegistryOptions registry, Counters counters, TimeProvider time)
{
    // About 600 bytes each: 10,000 sidecars with 100 each.
    private const long MostNames = 1_000_000;

    private readonly Share _names = new(MostNames);
    private readonly Lock _lock = new();
    private readonly HashSet<NodeStream> _streams = [];
    private readonly Dictionary<(ConfigAudience, string), HashSet<NodeStream>> _byService = [];

    /// <summary>How long the registry keeps an instance that it hears nothing of, as sidecars are told.</summary>
    public Duration LeaseTtl { get; } = registry.LeaseTtl.ToDuration();

    /// <summary>How often each may send.</summary>
    public Pace Pace { get; } = new(time);

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

    /// <summary>Those that are open.</summary>
    public IReadOnlyList<NodeStream> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _streams];
            }
        }
    }

    /// <summary>Opens a sidecar's stream; disposing it closes it.</summary>
    /// <param name="hello">Who it is.</param>
    /// <param name="names">What is left of its connection's share of names to subscribe to.</param>
    public NodeStream Open(Hello hello, Share names)
    {
        var stream = new NodeStream(this, kinds, store, counters, time, hello, [names, _names]);
        lock (_lock)
        {
            _streams.Add(stream);
        }

        if (hello.Inbound)
        {
            stream.EnterOwn();
        }

        if (hello.Trust)
        {
            stream.EnterTrust();
        }

        return stream;
    }

    /// <summary>Tells every stream that it concerns that a resource has changed.</summary>
    public void MarkChanged(ResourceKey key)
    {
        lock (_lock)
        {
            if (!_byService.TryGetValue((key.Kind.Audience, key.Name), out var streams))
            {
                return;
            }

            foreach (var stream in streams)
            {
                stream.MarkChanged(key);
            }
        }
    }

    /// <summary>What the sidecars that a resource concerns have made of it.</summary>
    public List<ResourceReceipt> Receipts(ResourceKey key)
    {
        List<NodeStream> concerned;
        lock (_lock)
        {
            concerned = [.. _byService.GetValueOrDefault((key.Kind.Audience, key.Name), [])];
        }

        return [.. concerned.Select(stream => stream.ReceiptOf(key)).OfType<ResourceReceipt>()];
    }

    /// <summary>What sidecars do not apply at present.</summary>
    public List<RejectedResource> Rejected()
    {
        List<NodeStream> streams;
        lock (_lock)
        {
            streams = [.. _streams];
        }

        return [.. streams.SelectMany(stream => stream.Rejected())];
    }

    internal void Enter(NodeStream stream, ConfigAudience audience, string service)
    {
        lock (_lock)
        {
            if (!_byService.TryGetValue((audience, service), out var streams))
            {
                _byService.Add((audience, service), streams = []);
            }

            streams.Add(stream);
        }
    }

    internal void Leave(NodeStream stream, ConfigAudience audience, string service)
    {
        lock (_lock)
        {
            if (_byService.TryGetValue((audience, service), out var streams) && streams.Remove(stream) && streams.Count == 0)
            {
                _byService.Remove((audience, service));
            }
        }
    }

    internal void Close(NodeStream stream)
    {
        lock (_lock)
        {
            _streams.Remove(stream);
        }
    }
}
