using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Postgres.Rows;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Claims of one queue or group that share a transaction, one after the other.</summary>
internal sealed class ClaimTurn
{
    private readonly List<(ClaimWork Work, Basket Basket)> _baskets;
    private int _at;

    public ClaimTurn(Sheet sheet, BacklogRow row, List<ClaimWork> works)
    {
        Sheet = sheet;
        Row = row;
        _baskets = works.ConvertAll(work => (work, new Basket(work.Claim, work.Claim.Lease ?? row.Rules.Lease)));
    }

    public Sheet Sheet { get; }

    public BacklogRow Row { get; }

    /// <summary>There is more than they took.</summary>
    public bool IsMore { get; set; }

    /// <summary>What cannot be delivered, and why not.</summary>
    public Dictionary<long, string> Damaged { get; } = [];

    /// <summary>The first that has room; null if none has.</summary>
    public Basket? Basket
    {
        get
        {
            while (_at < _baskets.Count && _baskets[_at].Basket.IsFull)
            {
                _at++;
            }

            return _at < _baskets.Count ? _baskets[_at].Basket : null;
        }
    }

    /// <summary>Messages that they have room for, and bytes.</summary>
    public long Room => _baskets.Skip(_at).Sum(one => (long)one.Basket.Room);

    public long RoomBytes => _baskets.Skip(_at).Aggregate(0L, (sum, one) => Math.Min(sum + one.Basket.RoomBytes, long.MaxValue / 2));

    /// <summary>Something that is ready.</summary>
    /// <returns>Whether there was room for it.</returns>
    public bool Offer(EntryRow row, StoredMessage? content)
    {
        if (row.IsDamaged)
        {
            Damaged[row.Entry.Id] = "its row was damaged on the disk";
            return true;
        }

        if (Transitions.IsOver(row.Entry, Sheet.Now))
        {
            // It goes by itself.
            return true;
        }

        if ((content is null ? "its content is not in the database any more" : content.Damage) is { } why)
        {
            Damaged[row.Entry.Id] = why;
            return true;
        }

        if (BasketFor(content!) is not { } basket)
        {
            return false;
        }

        Sheet.Update(row.Entry, basket.Add(row.Entry, content!));
        Sheet.Delta.Delivered++;
        return true;
    }

    /// <summary>One that has room for a message; those before it are done.</summary>
    public Basket? BasketFor(StoredMessage message)
    {
        while (Basket is { } basket)
        {
            if (basket.HasRoomFor(message))
            {
                return basket;
            }

            _at++;
        }

        return null;
    }

    public void End() => _baskets.ForEach(one => one.Work.Give(new Claimed(one.Basket.Deliveries, IsMore)));
}
