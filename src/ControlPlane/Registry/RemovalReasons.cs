using Mesh.ControlPlane.Store;
using Mesh.Store.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>Why instances were removed: the removal of a key says nothing, so a record beside it does.</summary>
internal static class RemovalReasons
{
    public const string Unknown = "removed";

    /// <summary>By the instances' keys.</summary>
    public static IReadOnlyDictionary<string, string> Of(StoreRevision revision)
    {
        Dictionary<string, string>? reasons = null;
        foreach (var (key, value) in revision.Changes)
        {
            if (value is null || !StoreKeys.TryName(key, StoreKeys.Removals, out var service))
            {
                continue;
            }

            reasons ??= new(StringComparer.Ordinal);
            foreach (var removal in StoredRemovals.Parser.ParseFrom(value).Removals)
            {
                reasons[StoreKeys.Instance(service, removal.InstanceId)] = removal.Reason;
            }
        }

        return reasons ?? (IReadOnlyDictionary<string, string>)System.Collections.Immutable.ImmutableDictionary<string, string>.Empty;
    }
}
