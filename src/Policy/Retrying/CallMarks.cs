namespace Mesh.Policy.Retrying;

/// <summary>
/// What the two sides of a sidecar know of the same call, so that what comes in and what the app calls for it are tried again once and not
/// twice: that a call which came in is another attempt of its caller's, and that one which the app made for it has been tried as often as it
/// may be. A call goes by a number that both sides know, of its trace. Any thread; nothing locks, nothing allocates.
/// </summary>
/// <remarks>
/// A table of words, a slot for some of the numbers: a newer mark may take an older one's place, whose call is then tried once more.
/// Marks are made for calls that fail or are retries alone.
/// </remarks>
public sealed class CallMarks
{
    /// <summary>A mark that nobody has asked for or taken back by then means nothing: traces of some last, and have many calls.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromSeconds(10);

    // Some thousands fail at once where anything does; 32 KiB.
    private const int Slots = 4096;

    // Of a word the lower two bits are the marks, then the time in units of 100 ms, which come round after 29 hours; the rest is the number's.
    private const int TimeShift = 2;
    private const int TimeBits = 20;
    private const ulong Marks = (1 << TimeShift) - 1;
    private const ulong TimeMask = ((1UL << TimeBits) - 1) << TimeShift;
    private const ulong NumberMask = ~(TimeMask | Marks);

    private readonly ulong[] _words = new ulong[Slots];
    private long _unnamed = long.MinValue;

    /// <summary>The call has this from now on, for as long as <see cref="Lasts"/>.</summary>
    /// <param name="call">Its number: random in all its bits.</param>
    /// <param name="mark">What is known of it.</param>
    /// <param name="now">The time, in ticks.</param>
    public void Set(ulong call, CallMark mark, long now)
    {
        ref var word = ref Slot(call);
        var seen = Volatile.Read(ref word);
        while (true)
        {
            var others = IsOf(seen, call, now) ? seen & Marks : 0;
            var before = Interlocked.CompareExchange(ref word, (call & NumberMask) | Time(now) | others | (ulong)mark, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    /// <summary>Whether the call has it.</summary>
    public bool Has(ulong call, CallMark mark, long now)
    {
        var seen = Volatile.Read(ref Slot(call));
        return IsOf(seen, call, now) && (seen & (ulong)mark) != 0;
    }

    /// <summary>The call has it no more.</summary>
    /// <returns>Whether it had.</returns>
    public bool Take(ulong call, CallMark mark, long now)
    {
        ref var word = ref Slot(call);
        var seen = Volatile.Read(ref word);
        while (IsOf(seen, call, now) && (seen & (ulong)mark) != 0)
        {
            var before = Interlocked.CompareExchange(ref word, seen & ~(ulong)mark, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>The app has made a call that was tried often enough, and nobody knows what for: it passes on no trace.</summary>
    public void OnUnnamedTried(long now) => Volatile.Write(ref _unnamed, now);

    /// <summary>Whether there was one since then.</summary>
    public bool HasUnnamedSince(long then) => Volatile.Read(ref _unnamed) >= then;

    private ref ulong Slot(ulong call) => ref _words[call % Slots];

    private static bool IsOf(ulong word, ulong call, long now) =>
        (word & Marks) != 0
        && ((word ^ call) & NumberMask) == 0
        && ((Time(now) - (word & TimeMask)) & TimeMask) <= Time(Lasts.Ticks);

    private static ulong Time(long ticks) => ((ulong)(ticks / (TimeSpan.TicksPerSecond / 10)) << TimeShift) & TimeMask;
}
