using Google.Protobuf;
using Mesh.ControlPlane.Paging;
using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>Puts a state into messages of a size that clients accept. Each is made when it is asked for.</summary>
internal static class SnapshotParts
{
    /// <summary>At least one; all but the last say that more follow.</summary>
    /// <param name="state">What they show.</param>
    /// <param name="services">Of which services; null: of all.</param>
    public static IEnumerable<WatchResponse> Of(RegistryState state, IReadOnlySet<string>? services)
    {
        var part = new RegistrySnapshot { Revision = state.Revision };
        var fill = new MessageFill();
        foreach (var entry in Entries(state, services))
        {
            if (!fill.TryAdd(entry))
            {
                part.More = true;
                yield return new WatchResponse { Snapshot = part };
                part = new RegistrySnapshot { Revision = state.Revision };
                fill = new MessageFill();
                fill.TryAdd(entry);
            }
            if (entry is Instance instance)
                part.Instances.Add(instance);
            else
                part.Services.Add((Service)entry);
        }
        yield return new WatchResponse { Snapshot = part };
    }

    private static IEnumerable<IMessage> Entries(RegistryState state, IReadOnlySet<string>? services)
    {
        foreach (var service in state.Services.Values)
        {
            if (services is not null && !services.Contains(service.Name))
                continue;
            yield return ServiceSummary.Of(service);
            foreach (var instance in service.Instances.Values)
                yield return instance.ToMessage();
        }
    }
}
