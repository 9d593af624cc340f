using System.Collections.Immutable;

namespace Mesh.ControlPlane.Config;

/// <summary>All resources by their keys in the store, the deleted ones included. Immutable, replaced whole.</summary>
/// <param name="Entries">In ordinal order: those of a kind follow each other by name.</param>
/// <param name="LiveCount">How many are not deleted.</param>
/// <param name="VersionFloor">A name that is not here begins to count above it: it may have been, and was forgotten.</param>
/// <param name="Head">The revision of the last change of whichever resource.</param>
/// <param name="Rollouts">By their keys: of each resource that which is under way, or the last one.</param>
internal sealed record ConfigState(
    ImmutableSortedDictionary<string, ConfigEntry> Entries, int LiveCount, long VersionFloor, long Head, ImmutableDictionary<string, RolloutEntry> Rollouts)
{
    public static readonly ConfigState Empty = new(
        ImmutableSortedDictionary.Create<string, ConfigEntry>(StringComparer.Ordinal), 0, 0, 0, ImmutableDictionary.Create<string, RolloutEntry>(StringComparer.Ordinal));

    public ConfigEntry? Find(ConfigKind kind, string name) => Entries.GetValueOrDefault(kind.Key(name));

    /// <summary>The rollouts that are under way, by their ids; found once for each state.</summary>
    public IReadOnlyDictionary<string, RolloutEntry> OpenRollouts =>
        field ??= Rollouts.Values.Where(rollout => rollout.IsOpen).ToDictionary(rollout => rollout.Rollout.Id, StringComparer.Ordinal);

    public RolloutEntry? FindRollout(ConfigKind kind, string name) => Rollouts.GetValueOrDefault(RolloutEntry.KeyOf(kind, name));
}
