using System.Text;
using Google.Protobuf;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>
/// How a service is called. A policy holds until there is another or it is deleted: a control plane that has lost it (its
/// memory was emptied, it goes by another store) must not change how calls are made by knowing nothing.
/// </summary>
internal sealed class PolicyKind(ServiceDirectory directory) : ResourceKind
{
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);

    public override string Name => "policy";

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

        if (!TryParse(resource, Api.ServiceConfig.Parser, out var config))
        {
            return new Verdict("body: is no ServiceConfig", Changed: false);
        }

        if (ResourceFaults.Of(resource.Name, config) is { } fault)
        {
            return new Verdict(fault, Changed: false);
        }

        var options = PolicyTranslation.ToPolicy(config);
        foreach (var route in options.Routes)
        {
            if (route.Service is { } target)
            {
                directory.Want(Encoding.UTF8.GetBytes(target));
            }
        }

        _held[resource.Name] = new Held(resource.Version, resource.Body, origin);
        return new Verdict(null, directory.SetPolicy(resource.Name, resource.Version, options));
    }

    /// <summary>A first policy that is no good must not keep the service from being called at all.</summary>
    public override bool OnRejected(Api.Resource resource) => directory.SetPolicyIfNone(resource.Name, ServicePolicyOptions.Default);

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

    private Verdict ApplyAbsence(Api.Resource resource, Held? held, Origin origin)
    {
        // Deleted, or never there; and who knows all that was known where we learnt ours knows that it is gone.
        if (held is null || resource.Version > 0 || origin.Knows(held.Origin))
        {
            _held.Remove(resource.Name);
            return new Verdict(null, directory.SetPolicy(resource.Name, resource.Version, ServicePolicyOptions.Default));
        }

        return new Verdict(null, Changed: false, new KeptResource(resource.Name, Name, held.Version));
    }

    private sealed record Held(long Version, ByteString Body, Origin Origin);
}
