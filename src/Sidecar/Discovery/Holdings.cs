using Mesh.Resources;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// What was sent and applied, as digests, so that a control plane can compare it with what it has sent: each is made where the resource
/// changes, and the sum is kept. Those count of which something was said on this stream and not rejected. One caller at a time.
/// </summary>
internal sealed class Holdings
{
    private readonly Dictionary<(string Kind, string Name), Held> _held = [];

    /// <summary>Of all that count.</summary>
    public ulong Sum { get; private set; }

    /// <summary>A new stream begins, on which nothing was said yet.</summary>
    public void OnConnected()
    {
        foreach (var (key, held) in _held)
        {
            _held[key] = held with { Counts = false };
        }

        Sum = 0;
    }

    public void OnApplied(Api.Resource resource)
    {
        var key = (resource.Kind, resource.Name);
        Set(key, new Held(resource.Unchanged ? _held.GetValueOrDefault(key).Digest : ResourceDigest.Of(resource), Counts: true));
    }

    /// <summary>What was there before holds, and the control plane has been told why.</summary>
    public void OnRejected(Api.Resource resource)
    {
        var key = (resource.Kind, resource.Name);
        if (_held.TryGetValue(key, out var held))
        {
            Set(key, held with { Counts = false });
        }
    }

    /// <summary>A former process had it: it counts once a control plane has said that it is unchanged.</summary>
    public void OnRestored(Api.Resource resource) => Set((resource.Kind, resource.Name), new Held(ResourceDigest.Of(resource), Counts: false));

    public void Forget(string kind, string name)
    {
        Set((kind, name), default);
        _held.Remove((kind, name));
    }

    /// <summary>The sum, and each that is in it if that is wanted.</summary>
    public Api.Holding Tell(bool itemized)
    {
        var holding = new Api.Holding { Digest = Sum, Itemized = itemized };
        if (itemized)
        {
            holding.Resources.Add(_held.Where(held => held.Value.Counts).Select(held =>
                new Api.HeldResource { Kind = held.Key.Kind, Name = held.Key.Name, Digest = held.Value.Digest }));
        }

        return holding;
    }

    private void Set((string Kind, string Name) key, Held held)
    {
        var before = _held.GetValueOrDefault(key);
        Sum = unchecked(Sum - (before.Counts ? before.Digest : 0) + (held.Counts ? held.Digest : 0));
        _held[key] = held;
    }

    private readonly record struct Held(ulong Digest, bool Counts);
}
