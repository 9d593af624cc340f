using Mesh.Policy.Deadlines;

namespace Mesh.Policy.Balancing;

/// <summary>
/// What one endpoint carries and how fast it answers. Long-lived, shared by all event loops; nothing locks. Whoever was given the
/// endpoint calls <see cref="Started"/>, then exactly one of <see cref="Finished"/>, <see cref="Declined"/>, <see cref="Refused"/>,
/// <see cref="CutShort"/> and <see cref="Abandoned"/>.
/// </summary>
/// <remarks>
/// The latency is a peak-sensitive exponentially weighted moving average, as in Finagle's and Linkerd's balancers: a
/// latency above the average replaces it at once, one below pulls it down by the weight of the time since the last
/// update, and without any update it decays towards zero, so that a slow endpoint is tried again some day.
/// </remarks>
public sealed class EndpointLoad
{
    // An endpoint that has answered nothing yet: free for the first call, so that it is tried at once; from then on like
    // one of 1 ms, so that one which never answers soaks up no more calls than a common one would.
    private const double UnknownMicros = 1_000;

    // Decay stops here, below what any network answers in: the calls in flight still tell endpoints apart.
    private const double FloorMicros = 10;

    // A failure counts as this latency or twice the average, whichever is more, up to the cap; otherwise an endpoint
    // that fails fast looks like the fastest of all and draws the traffic.
    private const double FailureMicros = 250_000;
    private const double FailureCapMicros = 10_000_000;

    // Of what is below the slowest answer, so much is taken off it by each: some hundred calls of the common kind until a rare
    // slow one is forgotten.
    private const float SlowestDecay = 1f / 64;

    // By so much of itself what is usual moves towards an answer: its median, which one slow answer hardly changes.
    private const float UsualStep = 1f / 16;

    // The average as a float in the upper half and the time of its update in milliseconds in the lower, so that both
    // change in one step. 0 is "no answer yet".
    private ulong _average;
    private int _inFlight;
    private long _picks;
    private long _successes;
    private long _failures;
    private float _slowest;
    private float _usual;

    /// <summary>Calls under way.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Calls ever begun.</summary>
    public long Picks => Volatile.Read(ref _picks);

    /// <summary>Calls that the endpoint and its server did well, whatever the application said.</summary>
    public long Successes => Volatile.Read(ref _successes);

    /// <summary>Calls whose failure was the endpoint's, or its server's.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>The average latency as it has decayed until now, in microseconds; 0 as long as nothing was answered.</summary>
    public double EwmaMicros(long now, long decayTicks)
    {
        var average = Volatile.Read(ref _average);
        return average == 0 ? 0 : Math.Max(Value(average) * Remaining(average, now, decayTicks), FloorMicros);
    }

    /// <summary>
    /// What its slow answers take, in microseconds: the slowest of late, which each faster one brings down a little. Unlike
    /// the average it knows of answers alone, so that calls which were never answered do not become what is usual.
    /// </summary>
    public double SlowestMicros => Volatile.Read(ref _slowest);

    /// <summary>What its answers need at the least.</summary>
    public NeededTime Needed { get; } = new();

    /// <summary>A call begins.</summary>
    public void Started()
    {
        Interlocked.Increment(ref _inFlight);
        Interlocked.Increment(ref _picks);
    }

    /// <summary>A call ended and says something of the endpoint.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="latencyTicks">Until the response head, or the end if there was none.</param>
    /// <param name="success">False only for what was the endpoint's fault, or its server's.</param>
    /// <param name="decayTicks"><see cref="BalancingOptions.EwmaDecay"/>.</param>
    public void Finished(long now, long latencyTicks, bool success, long decayTicks)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Increment(ref success ? ref _successes : ref _failures);
        var micros = latencyTicks / (double)TimeSpan.TicksPerMicrosecond;
        if (success)
        {
            Needed.Observe(now, latencyTicks);

            // Another loop may overwrite them: they are measures, not counts.
            var slowest = _slowest;
            Volatile.Write(ref _slowest, micros > slowest ? (float)micros : slowest + (((float)micros - slowest) * SlowestDecay));
            var usual = _usual;
            Volatile.Write(ref _usual, usual == 0 ? (float)Math.Max(micros, 1) : usual * (1 + (micros > usual ? UsualStep : -UsualStep)));
        }

        Observe(now, micros, success, decayTicks);
    }

    /// <summary>
    /// The application answered that it did not do what it was asked for: the call or its caller is at fault, and the endpoint works.
    /// That it said so fast does not make it a fast one: it counts as what its good answers usually take, and one that has had enough
    /// of the calls (a rate limit) as a failure.
    /// </summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="latencyTicks">Until the response head.</param>
    /// <param name="isRateLimit">It has had enough.</param>
    /// <param name="decayTicks"><see cref="BalancingOptions.EwmaDecay"/>.</param>
    public void Declined(long now, long latencyTicks, bool isRateLimit, long decayTicks)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Increment(ref _successes);
        Needed.Observe(now, latencyTicks);
        var micros = latencyTicks / (double)TimeSpan.TicksPerMicrosecond;
        Observe(now, Math.Max(micros, isRateLimit ? FailureMicros : Usual), success: true, decayTicks);
    }

    /// <summary>It did not look at the call. Whoever refuses everything at once does not get the more of it: it counts as usual.</summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="decayTicks"><see cref="BalancingOptions.EwmaDecay"/>.</param>
    public void Refused(long now, long decayTicks)
    {
        Interlocked.Decrement(ref _inFlight);
        Observe(now, Usual, success: true, decayTicks);
    }

    /// <summary>
    /// A call was taken from the endpoint before it had answered: it would have taken at least so long. That makes the
    /// average longer, never shorter, or an endpoint which is silent for longer than its callers wait would look idle and
    /// draw the traffic.
    /// </summary>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="elapsedTicks">How long it had the call.</param>
    /// <param name="decayTicks"><see cref="BalancingOptions.EwmaDecay"/>.</param>
    public void CutShort(long now, long elapsedTicks, long decayTicks)
    {
        Interlocked.Decrement(ref _inFlight);
        var micros = Math.Min(elapsedTicks / (double)TimeSpan.TicksPerMicrosecond, FailureCapMicros);
        if (micros > Math.Max(EwmaMicros(now, decayTicks), UnknownMicros))
        {
            Observe(now, micros, success: true, decayTicks);
        }
    }

    /// <summary>A call ended and says nothing of the endpoint: its caller gave up, or it was refused unprocessed.</summary>
    public void Abandoned() => Interlocked.Decrement(ref _inFlight);

    /// <summary>What one more call would cost here: the average latency times the calls in flight with it.</summary>
    internal double Cost(long now, long decayTicks)
    {
        var inFlight = InFlight;
        if (Volatile.Read(ref _average) == 0)
        {
            return inFlight == 0 ? 0 : UnknownMicros * (inFlight + 1);
        }

        return EwmaMicros(now, decayTicks) * (inFlight + 1);
    }

    private double Usual => Volatile.Read(ref _usual) is > 0 and var usual ? usual : UnknownMicros;

    private void Observe(long now, double micros, bool success, long decayTicks)
    {
        var seen = Volatile.Read(ref _average);
        while (true)
        {
            var old = seen == 0 ? 0 : Value(seen);
            var sample = success ? micros : Math.Max(micros, Penalty(old));
            double updated;
            if (seen == 0 || sample >= old)
            {
                updated = sample;
            }
            else
            {
                // The same millisecond as the last update, or a thread whose clock reading is a little behind: no
                // weight, and the time must not be moved back.
                if (SinceMillis(seen, now) <= 0)
                {
                    return;
                }

                var remaining = Remaining(seen, now, decayTicks);
                updated = (old * remaining) + (sample * (1 - remaining));
            }

            var before = Interlocked.CompareExchange(ref _average, Pack(updated, now), seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static double Penalty(double average)
        => Math.Max(average, Math.Clamp(average * 2, FailureMicros, FailureCapMicros));

    // At least 1 µs, so that a packed average is never the 0 of "no answer yet".
    private static ulong Pack(double micros, long now)
        => ((ulong)BitConverter.SingleToUInt32Bits((float)Math.Max(micros, 1)) << 32) | Millis(now);

    private static double Value(ulong average) => BitConverter.UInt32BitsToSingle((uint)(average >> 32));

    private static double Remaining(ulong average, long now, long decayTicks)
    {
        var since = SinceMillis(average, now);
        return since <= 0 ? 1 : Math.Exp(-since * (double)TimeSpan.TicksPerMillisecond / decayTicks);
    }

    // Wraps with the clock's 32 bits; negative when another thread's update is a little ahead of our time. (After 24
    // idle days it is negative as well: the average then counts as fresh until the next answer.)
    private static int SinceMillis(ulong average, long now) => (int)(Millis(now) - (uint)average);

    private static uint Millis(long now) => (uint)(now / TimeSpan.TicksPerMillisecond);
}
