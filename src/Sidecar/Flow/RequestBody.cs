using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// A request's body on its way: passed on as it comes to every attempt that has a stream, kept as far as another may need it, and
/// credited to the downstream when it has found a place with all that compete. Each attempt knows for itself how much it has taken
/// (<see cref="Attempt.Taken"/>). Part of an <see cref="Exchange"/>.
/// </summary>
internal sealed class RequestBody(SegmentPool segments)
{
    /// <summary>What may wait for a shadow: it must not cost more than what it is the shadow of.</summary>
    private const int MostOfShadow = 64 * 1024;

    private readonly ByteQueue _kept = new(segments);
    private HeaderList? _trailers;
    private bool _hasTrailers;
    private bool _keeping;
    private bool _stopped;
    private int _limit;
    private long _credited;
    private long _taken;

    /// <summary>Bytes received.</summary>
    public long Total { get; private set; }

    /// <summary>The downstream is done.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether all of it so far can be sent again.</summary>
    public bool IsReplayable => _keeping;

    /// <summary>Bytes of it are here that are not on their way.</summary>
    public bool IsHolding => _taken < Total && !_stopped;

    /// <summary>Whether a new attempt's head is all there is to send.</summary>
    public bool IsEmpty => Ended && Total == 0 && !_hasTrailers;

    public void Start(bool ended)
    {
        Ended = ended;
        _keeping = true;
        _limit = int.MaxValue;
    }

    /// <summary>How much may be kept for another attempt; until it is known, the stream's window bounds it.</summary>
    public void SetLimit(int bytes) => _limit = bytes;

    /// <summary>More has come.</summary>
    /// <param name="downstream">From there.</param>
    /// <param name="attempts">Where it goes.</param>
    /// <param name="data">Valid during the call.</param>
    /// <param name="end">Nothing follows.</param>
    public void OnData(MessageStream downstream, AttemptSet attempts, ReadOnlySpan<byte> data, bool end)
    {
        Total += data.Length;
        Ended |= end;
        if (_stopped)
        {
            return; // not credited either: the peer has been told, or is about to be, that nobody wants more
        }

        var isTaken = false;
        var live = attempts.Live;
        for (var i = live.Length - 1; i >= 0; i--) // a shadow that is late leaves
        {
            if (live[i] is { Stream: { } stream } attempt)
            {
                isTaken |= !attempt.IsShadow;
                attempt.Taken += stream.Write(data, end);
                if (attempt.IsShadow && stream.PendingBytes > MostOfShadow)
                {
                    attempt.Lose();
                }
            }
        }

        if (!isTaken)
        {
            _kept.Append(data);
            if (_kept.Length <= _limit)
            {
                CreditUpTo(downstream, Total);
            }

            return;
        }

        if (_keeping)
        {
            Keep(data, attempts);
        }

        CreditTaken(downstream, attempts);
    }

    /// <summary>Trailers of a request: gRPC has none, HTTP may.</summary>
    public void OnTrailers(AttemptSet attempts, HeaderList trailers)
    {
        Ended = true;
        foreach (var attempt in attempts.Live)
        {
            attempt.Stream?.WriteTrailers(trailers);
        }

        (_trailers ??= new HeaderList()).CopyFrom(trailers);
        _hasTrailers = true;
    }

    /// <summary>Sends everything so far on a new attempt's stream.</summary>
    public void Replay(MessageStream downstream, AttemptSet attempts, Attempt attempt)
    {
        var upstream = attempt.Stream!;
        if (_kept.Length > 0)
        {
            attempt.Taken = upstream.Write(_kept, Ended && !_hasTrailers);
        }

        if (_hasTrailers)
        {
            upstream.WriteTrailers(_trailers!);
        }

        CreditTaken(downstream, attempts);
        if (_kept.Length > _limit)
        {
            Forget();
            LoseUnsent(attempts);
        }
    }

    /// <summary>An attempt's stream has sent what it had to keep.</summary>
    public void OnSent(MessageStream downstream, AttemptSet attempts, Attempt attempt, int bytes)
    {
        attempt.Taken += bytes;
        CreditTaken(downstream, attempts);
    }

    /// <summary>No other attempt will be made.</summary>
    public void Forget()
    {
        _keeping = false;
        _kept.Clear();
    }

    /// <summary>The answer is given: what else comes is dropped.</summary>
    public void Stop()
    {
        _stopped = true;
        Forget();
    }

    public void Clear()
    {
        Forget();
        _stopped = false;
        _trailers?.Clear();
        _hasTrailers = false;
        Ended = false;
        Total = _credited = _taken = 0;
    }

    private void Keep(ReadOnlySpan<byte> data, AttemptSet attempts)
    {
        // Short of memory, it is better spent than on attempts that may never be made.
        if (_kept.Length + data.Length > _limit || segments.Memory.Pressure >= MemoryPressure.Refuse)
        {
            Forget();
            LoseUnsent(attempts);
        }
        else
        {
            _kept.Append(data);
        }
    }

    /// <summary>What an attempt would need that has no stream yet is there no more, and another has it.</summary>
    private static void LoseUnsent(AttemptSet attempts)
    {
        var live = attempts.Live;
        for (var i = live.Length - 1; i >= 0; i--)
        {
            if (live[i].Stream is null)
            {
                live[i].Lose();
            }
        }
    }

    /// <summary>What the slowest of those that compete has taken has found its place.</summary>
    private void CreditTaken(MessageStream downstream, AttemptSet attempts)
    {
        var taken = long.MaxValue;
        foreach (var attempt in attempts.Live)
        {
            if (!attempt.IsShadow && attempt.Stream is not null)
            {
                taken = Math.Min(taken, attempt.Taken);
            }
        }

        if (taken != long.MaxValue)
        {
            _taken = taken;
            CreditUpTo(downstream, taken);
        }
    }

    /// <summary>A byte is credited once, however many attempts carry it.</summary>
    private void CreditUpTo(MessageStream downstream, long bytes)
    {
        if (bytes > _credited)
        {
            downstream.ReturnCredit((int)(bytes - _credited));
            _credited = bytes;
        }
    }
}
