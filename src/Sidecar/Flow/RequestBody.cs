using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// A request's body on its way: passed on as it comes, kept as far as another attempt may need it, and credited to the
/// downstream when it has found a place. Part of an <see cref="Exchange"/>.
/// </summary>
internal sealed class RequestBody(SegmentPool segments)
{
    private readonly ByteQueue _kept = new(segments);
    private HeaderList? _trailers;
    private bool _hasTrailers;
    private bool _keeping;
    private bool _stopped;
    private int _limit;
    private long _credited;
    private long _sentByAttempt;

    /// <summary>Bytes received.</summary>
    public long Total { get; private set; }

    /// <summary>The downstream is done.</summary>
    public bool Ended { get; private set; }

    /// <summary>Whether all of it so far can be sent again.</summary>
    public bool IsReplayable => _keeping;

    /// <summary>Bytes of it are here that are not on their way.</summary>
    public bool IsHolding => _sentByAttempt < Total && !_stopped;

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
    /// <param name="upstream">Where it goes; null while no attempt has a stream.</param>
    /// <param name="data">Valid during the call.</param>
    /// <param name="end">Nothing follows.</param>
    public void OnData(MessageStream downstream, MessageStream? upstream, ReadOnlySpan<byte> data, bool end)
    {
        Total += data.Length;
        Ended |= end;
        if (_stopped)
        {
            return; // not credited either: the peer has been told, or is about to be, that nobody wants more
        }

        if (upstream is null)
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
            Keep(data);
        }

        _sentByAttempt += upstream.Write(data, end);
        CreditUpTo(downstream, _sentByAttempt);
    }

    /// <summary>Trailers of a request: gRPC has none, HTTP may.</summary>
    public void OnTrailers(MessageStream? upstream, HeaderList trailers)
    {
        Ended = true;
        if (upstream is not null)
        {
            upstream.WriteTrailers(trailers);
        }

        (_trailers ??= new HeaderList()).CopyFrom(trailers);
        _hasTrailers = true;
    }

    /// <summary>Whether a new attempt's head is all there is to send.</summary>
    public bool IsEmpty => Ended && Total == 0 && !_hasTrailers;

    /// <summary>Sends everything so far on a new attempt's stream.</summary>
    public void Replay(MessageStream downstream, MessageStream upstream)
    {
        _sentByAttempt = 0;
        if (_kept.Length > 0)
        {
            _sentByAttempt = upstream.Write(_kept, Ended && !_hasTrailers);
            CreditUpTo(downstream, _sentByAttempt);
        }

        if (_hasTrailers)
        {
            upstream.WriteTrailers(_trailers!);
        }

        if (_kept.Length > _limit)
        {
            Forget();
        }
    }

    /// <summary>The attempt's stream has sent what it had to keep.</summary>
    public void OnSent(MessageStream downstream, int bytes)
    {
        _sentByAttempt += bytes;
        CreditUpTo(downstream, _sentByAttempt);
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
        Total = _credited = _sentByAttempt = 0;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        // Short of memory, it is better spent than on attempts that may never be made.
        if (_kept.Length + data.Length > _limit || segments.Memory.Pressure >= MemoryPressure.Refuse)
        {
            Forget();
        }
        else
        {
            _kept.Append(data);
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
