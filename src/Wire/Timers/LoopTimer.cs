namespace Mesh.Wire.Timers;

/// <summary>Who is told when a timer is due.</summary>
public interface ITimerTarget
{
    /// <summary>The timer with this kind is due; it is no longer scheduled and may be scheduled again here.</summary>
    void OnTimer(int kind);
}

/// <summary>
/// One thing that may become due, made once and scheduled again and again without allocation. Belongs to one loop's
/// <see cref="TimerWheel"/>; only that loop's thread may touch it.
/// </summary>
public sealed class LoopTimer
{
    private readonly ITimerTarget? _target;
    private readonly int _kind;

    /// <param name="target">Who is told.</param>
    /// <param name="kind">Which of the target's timers this is.</param>
    public LoopTimer(ITimerTarget target, int kind = 0)
    {
        _target = target;
        _kind = kind;
        Previous = Next = this;
    }

    /// <summary>The head of a list: linked to itself when the list is empty.</summary>
    internal LoopTimer() => Previous = Next = this;

    /// <summary>Whether it waits.</summary>
    public bool IsScheduled => !ReferenceEquals(Next, this);

    internal LoopTimer Previous { get; set; }

    internal LoopTimer Next { get; set; }

    /// <summary>In milliseconds of the wheel.</summary>
    internal long Due { get; set; }

    /// <summary>Takes it back; nothing happens if it does not wait.</summary>
    public void Cancel()
    {
        Previous.Next = Next;
        Next.Previous = Previous;
        Previous = Next = this;
    }

    internal void LinkBefore(LoopTimer head)
    {
        Previous = head.Previous;
        Next = head;
        head.Previous.Next = this;
        head.Previous = this;
    }

    internal void Fire() => _target!.OnTimer(_kind);
}
