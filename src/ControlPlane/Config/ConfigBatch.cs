using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Store;
using Mesh.V1;

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
    /// <exception cref="RolloutUnderWayException">A staged rollout of it is.</exception>
    public void Add(ConfigChange change)
    {
        var stored = Expected(change);
        if (stored is not null && Equals(stored.Value, change.Value))
        {
            Entries.Add(stored);
        }
        else
        {
            Store(change, stored);
        }
    }

    /// <summary>A resource is to be tried out: some sidecars have it as given, and for the others it stays as it is.</summary>
    /// <param name="change">As it is for those.</param>
    /// <param name="rollout">Of a state in which nothing is decided; its versions are set here.</param>
    /// <param name="threshold">Which those are, see <see cref="RolloutEntry"/>.</param>
    /// <returns>The rollout; null if the resource is so already.</returns>
    /// <exception cref="ConfigConflictException">It does not have the version that it must.</exception>
    /// <exception cref="RolloutUnderWayException">Another staged rollout of it is.</exception>
    public RolloutEntry? Begin(ConfigChange change, Rollout rollout, ulong threshold)
    {
        var stored = Expected(change);
        if (stored is not null && Equals(stored.Value, change.Value))
        {
            return null;
        }

        var candidate = Next(change, stored);
        var begun = rollout.Clone();
        (begun.Version, begun.BaseVersion) = (candidate.Version, stored is { IsDeleted: false } ? stored.Version : 0);
        var entry = new RolloutEntry(change.Kind, change.Name, 0, begun, candidate, threshold);
        Entries.Add(candidate);
        Guard(change.Kind, change.Name, stored);
        _changes.Add(new StoreChange(RolloutEntry.KeyOf(change.Kind, change.Name), entry.Write()));
        return entry;
    }

    /// <summary>A rollout is over: what was tried out holds for everybody, or what held before does, as the version after it.</summary>
    /// <param name="open">As it is in the state.</param>
    /// <param name="decided">As it is from now on.</param>
    public void End(RolloutEntry open, Rollout decided)
    {
        var stored = state.Find(open.Kind, open.Name);
        Guard(open.Kind, open.Name, stored);
        var isPromoted = decided.State == Rollout.Types.State.Promoted;
        var outcome = $"{(isPromoted ? "promoted" : "aborted")}: {decided.Why}";
        var tried = open.Candidate with { Revision = 0, Reason = ReasonOf(open.Candidate.Reason.Length == 0 ? outcome : $"{open.Candidate.Reason} ({outcome})") };
        if (isPromoted)
        {
            tried = tried with { UpdateTime = now };
            Keep(tried);
        }
        else
        {
            _changes.Add(new StoreChange(tried.Kind.HistoryKey(tried.Name, tried.Version), tried.Write()));
            Keep(new ConfigEntry(
                open.Kind, open.Name, tried.Version + 1, 0, stored?.Value, now, origin.Author, ReasonOf($"version {tried.Version} was {outcome}")));
        }

        _changes.Add(new StoreChange(RolloutEntry.KeyOf(open.Kind, open.Name), (open with { Rollout = decided }).Write()));
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
        var next = Next(change, stored);
        Entries.Add(next);
        Added += Live(next) - Live(stored);
        Guard(change.Kind, change.Name, stored);
        Keep(next);
        if (next.IsDeleted && state.FindRollout(change.Kind, change.Name) is not null)
        {
            _changes.Add(new StoreChange(RolloutEntry.KeyOf(change.Kind, change.Name), null));
        }
    }

    private ConfigEntry? Expected(ConfigChange change)
    {
        if (state.FindRollout(change.Kind, change.Name) is { IsOpen: true } rollout)
        {
            throw new RolloutUnderWayException(rollout);
        }

        var stored = state.Find(change.Kind, change.Name);
        var present = stored is { IsDeleted: false } ? stored.Version : 0;
        return change.IfVersion is { } expected && expected != present ? throw new ConfigConflictException(change.Name, present) : stored;
    }

    private ConfigEntry Next(ConfigChange change, ConfigEntry? stored) => new(
        change.Kind, change.Name, (stored?.Version ?? state.VersionFloor) + 1, 0, Copy(change), now, origin.Author, origin.Reason);

    // A rollout may begin, at another control plane, while the resource stays as it is.
    private void Guard(ConfigKind kind, string name, ConfigEntry? stored)
    {
        _preconditions.Add(new Precondition(kind.Key(name), stored?.Revision ?? 0));
        _preconditions.Add(new Precondition(RolloutEntry.KeyOf(kind, name), state.FindRollout(kind, name)?.Revision ?? 0));
    }

    private void Keep(ConfigEntry next)
    {
        _changes.Add(new StoreChange(next.Kind.Key(next.Name), next.Write()));
        _changes.Add(new StoreChange(next.Kind.HistoryKey(next.Name, next.Version), next.Write()));
        if (next.Version > KeptVersions)
        {
            _changes.Add(new StoreChange(next.Kind.HistoryKey(next.Name, next.Version - KeptVersions), null));
        }
    }

    private static string ReasonOf(string text) => text.Length <= OriginFaults.MaxReason ? text : text[..OriginFaults.MaxReason];

    // What was given is its giver's, who may go on with it.
    private static IMessage? Copy(ConfigChange change) =>
        change.Value is null ? null : change.Kind.Parser.ParseFrom(change.Value.ToByteString());

    private static int Live(ConfigEntry? entry) => entry is { IsDeleted: false } ? 1 : 0;
}
