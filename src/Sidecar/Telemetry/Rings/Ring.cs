using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Rings;

/// <summary>
/// What has been seen of calls in one direction, on its way to a thread that has time for it: one writer, one reader, slots
/// that are used again. If the reader cannot keep up, what comes is left out and counted; the writer never waits.
/// </summary>
/// <param name="direction">Of the calls.</param>
/// <param name="size">Slots: what is written between two rounds of the reader, several times over.</param>
internal sealed class Ring<T>(Direction direction, int size)
{
    private readonly T[] _slots = new T[size];
    private long _written;
    private long _read;
    private long _dropped;

    public Direction Direction { get; } = direction;

    /// <summary>What was left out so far. Any thread.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>The slot that is published next; it holds what it held before. On the writer's thread, if there is room.</summary>
    public ref T Next => ref _slots[_written % _slots.Length];

    /// <summary>On the writer's thread: whether <see cref="Next"/> is free. If not, that counts as left out.</summary>
    public bool HasRoom()
    {
        if (_written - Volatile.Read(ref _read) < _slots.Length)
        {
            return true;
        }

        Volatile.Write(ref _dropped, _dropped + 1);
        return false;
    }

    /// <summary>On the writer's thread: <see cref="Next"/> is filled.</summary>
    public void Publish() => Volatile.Write(ref _written, _written + 1);

    /// <summary>On the writer's thread: publishes a value, or leaves it out.</summary>
    public void Write(in T value)
    {
        if (HasRoom())
        {
            Next = value;
            Publish();
        }
    }

    /// <summary>On the reader's thread: hands over what there is. A slot is free again when the consumer returns.</summary>
    public void Drain(IRingConsumer<T> consumer)
    {
        var end = Volatile.Read(ref _written);
        for (; _read < end; Volatile.Write(ref _read, _read + 1))
        {
            consumer.Consume(Direction, in _slots[_read % _slots.Length]);
        }
    }
}
