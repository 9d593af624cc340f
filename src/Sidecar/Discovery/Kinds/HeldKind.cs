using Google.Protobuf;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>
/// A kind of configuration. A resource holds until there is another or it is deleted: a control plane that has lost it (its
/// memory was emptied, it goes by another store) must not change how calls are made by knowing nothing.
/// </summary>
/// <typeparam name="T">Its message.</typeparam>
internal abstract class HeldKind<T>(MessageParser<T> parser) : ResourceKind
    where T : IMessage<T>, new()
{
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);

    public override Verdict Apply(Api.Resource resource, Origin origin)
    {
        var held = _held.GetValueOrDefault(resource.Name);
        if (resource.Unchanged)
        {
            if (held?.Version != resource.Version)
            {
                return new Verdict("unchanged: the sidecar does not have this version", Changed: false);
            }

            _held[resource.Name] = held with { Origin = origin };
            return new Verdict(null, Changed: false);
        }

        if (resource.Absent)
        {
            return ApplyAbsence(resource, held, origin);
        }

        if (!TryParse(resource, parser, out var config))
        {
            return new Verdict($"body: is no {config.Descriptor.Name}", Changed: false);
        }

        if (FaultOf(resource.Name, config) is { } fault)
        {
            return new Verdict(fault, Changed: false);
        }

        _held[resource.Name] = new Held(resource.Version, resource.Body, origin);
        return new Verdict(null, Set(resource.Name, resource.Version, config));
    }

    public override void Forget(string name) => _held.Remove(name);

    public override IEnumerable<Api.CachedResource> InForce()
    {
        foreach (var (service, held) in _held)
        {
            yield return new Api.CachedResource
            {
                Resource = new Api.Resource { Kind = Name, Name = service, Version = held.Version, Body = held.Body },
                StoreId = held.Origin.StoreId,
                Revision = held.Origin.Revision,
            };
        }
    }

    public override (long Version, Origin Origin)? Known(string name) =>
        _held.TryGetValue(name, out var held) ? (held.Version, held.Origin) : null;

    /// <summary>What is wrong with one, in a line; null if nothing is.</summary>
    protected abstract string? FaultOf(string name, T config);

    /// <summary>Has one that is right take force with the next publication; null: the defaults.</summary>
    /// <returns>Whether there is something to publish.</returns>
    protected abstract bool Set(string name, long version, T? config);

    private Verdict ApplyAbsence(Api.Resource resource, Held? held, Origin origin)
    {
        // Deleted, or never there; and who knows all that was known where we learnt ours knows that it is gone.
        if (held is null || resource.Version > 0 || origin.Knows(held.Origin))
        {
            _held.Remove(resource.Name);
            return new Verdict(null, Set(resource.Name, resource.Version, default));
        }

        return new Verdict(null, Changed: false, new KeptResource(resource.Name, Name, held.Version));
    }

    private sealed record Held(long Version, ByteString Body, Origin Origin);
}
