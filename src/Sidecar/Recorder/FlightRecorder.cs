namespace Mesh.Sidecar.Recorder;

/// <summary>
/// The last failed and slow calls of one loop, each a serialized CallReport. Written by the loop, and copied on it for whoever asks; its
/// memory is taken once. What apps answer by the thousand (NOT_FOUND) is in a ring of its own, so that it does not push out what is worth
/// being woken for.
/// </summary>
internal sealed class FlightRecorder
{
    private readonly ByteRing? _grave;
    private readonly ByteRing? _ordinary;

    /// <param name="bytes">Of memory; 0 keeps nothing.</param>
    /// <param name="slowTicks">What takes longer to answer is slow; 0: nothing is.</param>
    /// <param name="time">The clock by which calls are told of.</param>
    public FlightRecorder(int bytes, long slowTicks, TimeProvider time)
    {
        IsOn = bytes > 0;
        SlowTicks = slowTicks > 0 && IsOn ? slowTicks : long.MaxValue;
        Time = time;
        if (IsOn)
        {
            _ordinary = new ByteRing(bytes / 4);
            _grave = new ByteRing(bytes - (bytes / 4));
        }
    }

    /// <summary>Keeps nothing.</summary>
    public static FlightRecorder Off { get; } = new(0, 0, TimeProvider.System);

    public bool IsOn { get; }

    /// <summary>What takes longer to answer is kept though it went well.</summary>
    public long SlowTicks { get; }

    public TimeProvider Time { get; }

    /// <summary>Where a report is put together.</summary>
    public MessageWriter Writer { get; } = new();

    /// <summary>Keeps what is in <see cref="Writer"/>.</summary>
    /// <param name="isOrdinary">It is an answer of an app's that says nothing against it.</param>
    public void Keep(bool isOrdinary) => (isOrdinary ? _ordinary : _grave)?.Add(Writer.Written);

    /// <summary>Copies of what is kept, on the loop.</summary>
    public byte[][] Copy() => IsOn ? [_grave!.Copy(), _ordinary!.Copy()] : [];
}
