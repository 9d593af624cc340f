using Google.Protobuf;
using Mesh.ControlPlane.Paging;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>
/// Cuts a state into messages: small ones, since one that nobody reads is all that is held for its watcher. Always in the same
/// places, so that a part is known by its number.
/// </summary>
internal static class SnapshotParts
{
    /// <summary>Of one part, unless it is one entry; some hundred instances.</summary>
    public const int MaxBytes = 32 * 1024;

    /// <summary>What each part is made of, in order: <see cref="ServiceState"/>s and <see cref="RegisteredInstance"/>s. At least one part.</summary>
    /// <param name="state">What they show.</param>
    /// <param name="services">Of which services; null: of all.</param>
    public static IEnumerable<List<object>> Of(RegistryState state, IReadOnlySet<string>? services)
    {
        var part = new List<object>();
        var fill = new MessageFill(maxBytes: MaxBytes);
        foreach (var (entry, message) in Entries(state, services))
        {
            if (!fill.TryAdd(message))
            {
                yield return part;
                part = [];
                fill = new MessageFill(maxBytes: MaxBytes);
                fill.TryAdd(message);
            }

            part.Add(entry);
        }

        yield return part;
    }

    /// <summary>A part as it is sent.</summary>
    public static WatchResponse ToMessage(RegistryState state, List<object> part, bool isLast)
    {
        var snapshot = new RegistrySnapshot { Revision = state.Revision, More = !isLast };
        foreach (var entry in part)
        {
            if (entry is RegisteredInstance instance)
            {
                snapshot.Instances.Add(instance.ToMessage());
            }
            else
            {
                snapshot.Services.Add(ServiceSummary.Of((ServiceState)entry));
            }
        }

        return new WatchResponse { Snapshot = snapshot };
    }

    private static IEnumerable<(object Entry, IMessage Message)> Entries(RegistryState state, IReadOnlySet<string>? services)
    {
        foreach (var service in state.Services.Values)
        {
            if (services is not null && !services.Contains(service.Name))
            {
                continue;
            }

            yield return (service, ServiceSummary.Of(service));
            // As long as with the heartbeat of the moment, but for an octet or two.
            foreach (var instance in service.Instances.Values)
            {
                yield return (instance, instance.Instance);
            }
        }
    }
}
