namespace Mesh.Wire.Buffers;

/// <summary>
/// First come, first served, linked through the items themselves: one that gives up leaves at once, from wherever it
/// stands, and none costs an allocation. Not thread-safe.
/// </summary>
public sealed class LinkedQueue<T>
    where T : LinkedQueueItem<T>
{
    private T? _last;

    /// <summary>Whose turn it is; null if nobody waits.</summary>
    public T? First { get; private set; }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <param name="item">In no queue.</param>
    public void Add(T item)
    {
        item.IsQueued = true;
        item.Previous = _last;
        if (_last is null)
        {
            First = item;
        }
        else
        {
            _last.Next = item;
        }

        _last = item;
        Count++;
    }

    /// <summary>Only if there is one.</summary>
    public T TakeFirst()
    {
        var first = First!;
        Remove(first);
        return first;
    }

    /// <summary>Nothing happens if it is not queued.</summary>
    public void Remove(T item)
    {
        if (!item.IsQueued)
        {
            return;
        }

        if (item.Previous is { } previous)
        {
            previous.Next = item.Next;
        }
        else
        {
            First = item.Next;
        }

        if (item.Next is { } next)
        {
            next.Previous = item.Previous;
        }
        else
        {
            _last = item.Previous;
        }

        item.Next = item.Previous = null;
        item.IsQueued = false;
        Count--;
    }
}

/// <summary>What may stand in one <see cref="LinkedQueue{T}"/> at a time.</summary>
public abstract class LinkedQueueItem<T>
    where T : LinkedQueueItem<T>
{
    /// <summary>It stands in the queue.</summary>
    internal bool IsQueued { get; set; }

    internal T? Next { get; set; }

    internal T? Previous { get; set; }
}
