using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Config;

/// <summary>
/// What a request comes to, given a state: the entries as they are going to be, and what is to be stored for it. Pure.
/// </summary>
internal sealed class ConfigBatch(ConfigState state, ConfigOrigin origin, Timestamp now)
{
    /// <summary>Versions of a resource that are kept, the present one included.</summary>
    public const int KeptVersions = 100;

    /// <summary>
    /// Written with every change. That it is as it was says in one condition what a condition on each resource would say; stores bound how
    /// many there may be.
    /// </summary>
    public const string HeadKey = "v/head";

    /// <summary>With more, the head stands for all.</summary>
    public const int MostConditions = 50;

    private readonly List<Precondition> _preconditions = [];
    private readonly List<StoreChange> _changes = [];

    /// <summary>One for each resource given, in that order; its revision is 0 if it is going to change.</summary>
    public List<ConfigEntry> Entries { get; } = [];

    /// <summary>How many resources more there are going to be.</summary>
    public int Added { get; private set; }

    public bool IsEmpty => _changes.Count == 0;

    /// <summary>What a resource is to be; nothing is stored if it is that already. One that never was can be deleted as well.</summary>
    /// <exception cref="ConfigConflictException">It does not have the version that it must.</exception>
    public void Add(ConfigChange change)
    {
        var stored = state.Find(change.Kind, change.Name);
        var present = stored is { IsDeleted: false } ? stored.Version : 0;
        if (change.IfVersion is { } expected && expected != present)
        {
            throw new ConfigConflictException(change.Name, present);
        }

        if (stored is not null && Equals(stored.Value, change.Value))
        {
            Entries.Add(stored);
        }
        else
        {
            Store(change, stored);
        }
    }

    /// <summary>Something else that is stored with the resources.</summary>
    public void Add(StoreChange change) => _changes.Add(change);

    public Batch ToBatch() => Of(state, _preconditions, _changes);

    /// <summary>A batch that changes resources, on condition that those are as they are in a state.</summary>
    public static Batch Of(ConfigState state, IReadOnlyList<Precondition> preconditions, IReadOnlyList<StoreChange> changes) => Batch.Of(
        preconditions.Count <= MostConditions ? preconditions : [new Precondition(HeadKey, state.Head)],
        [.. changes, new StoreChange(HeadKey, [])]);

    private void Store(ConfigChange change, ConfigEntry? stored)
    {
        var next = new ConfigEntry(
            change.Kind, change.Name, (stored?.Version ?? state.VersionFloor) + 1, 0, Copy(change), now, origin.Author, origin.Reason);
        Entries.Add(next);
        Added += Live(next) - Live(stored);
        var key = change.Kind.Key(change.Name);
        _preconditions.Add(new Precondition(key, stored?.Revision ?? 0));
        _changes.Add(new StoreChange(key, next.Write()));
        _changes.Add(new StoreChange(change.Kind.HistoryKey(change.Name, next.Version), next.Write()));
        if (next.Version > KeptVersions)
        {
            _changes.Add(new StoreChange(change.Kind.HistoryKey(change.Name, next.Version - KeptVersions), null));
        }
    }

    // What was given is its giver's, who may go on with it.
    private static IMessage? Copy(ConfigChange change) =>
        change.Value is null ? null : change.Kind.Parser.ParseFrom(change.Value.ToByteString());

    private static int Live(ConfigEntry? entry) => entry is { IsDeleted: false } ? 1 : 0;
}
