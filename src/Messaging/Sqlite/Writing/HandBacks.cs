using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.State;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>What consumers say of what they have.</summary>
internal sealed class HandBacks(AllTables tables, BacklogStates backlogs, Moves moves, Leases leases)
{
    // In one transaction: others wait meanwhile.
    private const int Slice = 1_000;
    private const int MaxReason = 1_024;

    public Outcome<IReadOnlyList<bool>>? Ack(Turn turn, BacklogName name, IReadOnlyList<LeaseToken> tokens) => ForEach(turn, name, tokens, (backlog, entry) =>
    {
        backlog.Now.Acknowledged++;
        moves.Delete(turn, backlog, entry);
    });

    public Outcome<IReadOnlyList<bool>>? Nack(Turn turn, BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan delay, string reason)
    {
        var kept = reason.Length <= MaxReason ? reason : reason[..MaxReason];
        return ForEach(turn, name, tokens, (backlog, entry) =>
            moves.Settle(turn, backlog, entry, Transitions.Nack(entry, backlog.Rules, turn.Now, delay, kept)));
    }

    public Outcome<IReadOnlyList<bool>>? Extend(Turn turn, BacklogName name, IReadOnlyList<LeaseToken> tokens, TimeSpan? lease) => ForEach(
        turn, name, tokens, (backlog, entry) => moves.Update(turn, backlog, entry, Transitions.Extend(entry, lease ?? backlog.Rules.Lease)));

    /// <summary>Goes on until the holder has nothing more.</summary>
    public Outcome<long>? Return(Turn turn, string holder, Progress progress)
    {
        progress.Begin(turn);
        // Those as well that he is about to be given: claims that he asked for before.
        var ids = leases.OfHolder(holder).Concat(turn.LeasedTo(holder)).Distinct().Take(Slice).ToList();
        foreach (var id in ids)
        {
            if (tables.Entries.Find(id) is { IsDamaged: false, Entry: { Phase: Phase.Leased } entry } && entry.Holder == holder
                && backlogs.Find(entry.BacklogId) is { } backlog)
            {
                moves.Settle(turn, backlog, entry, Transitions.Return(entry, turn.Now));
                progress.Count++;
            }
            else
            {
                turn.Free(id);
            }
        }

        return ids.Count < Slice ? progress.Count : null;
    }

    private Outcome<IReadOnlyList<bool>> ForEach(Turn turn, BacklogName name, IReadOnlyList<LeaseToken> tokens, Action<BacklogState, Entry> action)
    {
        if (backlogs.Find(name) is not { } backlog)
        {
            return backlogs.NotFound(name);
        }

        turn.Touch(backlog);
        var held = new bool[tokens.Count];
        for (var i = 0; i < held.Length; i++)
        {
            if (tables.Entries.Find(tokens[i].Entry) is { IsDamaged: false, Entry: { Phase: Phase.Leased } entry }
                && entry.BacklogId == backlog.Id && entry.Nonce == tokens[i].Nonce)
            {
                held[i] = true;
                action(backlog, entry);
            }
        }

        return held;
    }
}
