using Mesh.Messaging.Delivering;
using Mesh.Messaging.Queues;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>What a queue is meant to be, as plainly as it can be said: a list. Times are seconds.</summary>
internal sealed class QueueModel
{
    public static readonly DeliveryRules Rules = new() { Lease = TimeSpan.FromSeconds(10), MaxDeliveries = 3 };

    private const int Lease = 10;

    private readonly List<Item> _items = [];

    public IEnumerable<(long, int)> In(Phase phase) => _items.Where(item => PhaseOf(item) == phase).Select(item => (item.Number, item.Attempts)).Order();

    public void Publish(long number, QueueMessage message, long now) => _items.Add(new Item(number, message.Message.OrderingKey, message.Priority)
    {
        Due = message.Delay > TimeSpan.Zero ? now + (long)message.Delay.TotalSeconds : null,
        Ends = message.TimeToLive is { } life ? now + (long)life.TotalSeconds : null,
        IsInLine = message.Delay == TimeSpan.Zero,
    });

    public List<(long, int)> Claim(int count, long now)
    {
        var claimed = _items.Where(item => PhaseOf(item) == Phase.Ready).OrderByDescending(item => item.Priority).ThenBy(item => item.Number).Take(count).ToList();
        foreach (var item in claimed)
        {
            item.Attempts++;
            item.Until = now + Lease;
        }

        return claimed.ConvertAll(item => (item.Number, item.Attempts));
    }

    public bool Ack(long number) => Leased(number) is { } item && _items.Remove(item);

    public bool Extend(long number, long now) => Leased(number) is { } item && (item.Until = now + Lease) is not null;

    public bool Nack(long number, int delay, long now)
    {
        if (Leased(number) is not { } item)
        {
            return false;
        }

        HandBack(item, now);
        item.Due = !item.IsDead && delay > 0 ? now + delay : null;
        return true;
    }

    public long Return(long now)
    {
        var leased = _items.Where(item => item.Until is not null).ToList();
        foreach (var item in leased)
        {
            item.Until = null;
            item.Attempts--;
        }

        _items.RemoveAll(item => leased.Contains(item) && item.Ends <= now);
        return leased.Count;
    }

    public long Redrive()
    {
        var dead = _items.Where(item => item.IsDead).ToList();
        foreach (var item in dead)
        {
            item.IsDead = false;
            item.Attempts = 0;
            // It comes back into a line in which others stand.
            item.IsFirst = false;
        }

        Settle();
        return dead.Count;
    }

    public long Purge() => _items.RemoveAll(item => item.Until is null);

    public void Restart(long now)
    {
        foreach (var item in _items.Where(item => item.Until is not null))
        {
            item.Until = now + Lease;
        }
    }

    public void Pass(long now)
    {
        foreach (var item in _items.Where(item => item.Until <= now).ToList())
        {
            HandBack(item, now);
        }

        Settle();
        foreach (var item in _items.Where(item => item.Due <= now).OrderBy(item => item.Due).ToList())
        {
            item.Due = null;
            item.IsInLine = true;
            if (item.Ends <= now)
            {
                _items.Remove(item);
            }

            // Who is due first is first in line.
            Settle();
        }

        _items.RemoveAll(item => item.Ends <= now && item.Until is null && !item.IsDead);
    }

    private void HandBack(Item item, long now)
    {
        item.Until = null;
        if (item.Attempts >= 3)
        {
            (item.IsDead, item.Ends) = (true, null);
        }
        else if (item.Ends <= now)
        {
            _items.Remove(item);
        }
    }

    private Item? Leased(long number) => _items.Find(item => item.Number == number && item.Until is not null);

    private Phase PhaseOf(Item item)
    {
        Settle();
        return item.IsDead ? Phase.Dead
            : item.Until is not null ? Phase.Leased
            : !item.IsInLine ? Phase.Scheduled
            : item.Due is not null ? Phase.Retrying
            : item.Key is not null && !item.IsFirst ? Phase.Waiting
            : Phase.Ready;
    }

    /// <summary>The first of each key is the one that was it, or else the oldest in line.</summary>
    private void Settle()
    {
        foreach (var line in _items.Where(item => item.Key is not null).GroupBy(item => item.Key))
        {
            foreach (var outside in line.Where(item => item.IsDead || !item.IsInLine))
            {
                outside.IsFirst = false;
            }

            if (!line.Any(item => item.IsFirst) && line.Where(item => item is { IsDead: false, IsInLine: true }).MinBy(item => item.Number) is { } next)
            {
                next.IsFirst = true;
            }
        }
    }

    private sealed class Item(long number, string? key, int priority)
    {
        public long Number { get; } = number;

        public string? Key { get; } = key;

        public int Priority { get; } = priority;

        public int Attempts { get; set; }

        public long? Due { get; set; }

        public long? Ends { get; set; }

        public long? Until { get; set; }

        public bool IsInLine { get; set; }

        public bool IsFirst { get; set; }

        public bool IsDead { get; set; }
    }
}
