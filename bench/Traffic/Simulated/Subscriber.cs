using System.Globalization;
using Mesh.Policy.Outcomes;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>
/// Opens a stream, and another whenever it ends with UNAVAILABLE: it asks for numbers from where it stopped, or sends one after the other, each when
/// it has the one before back, and begins with the next.
/// </summary>
/// <param name="world">Where it is.</param>
/// <param name="caller">Its connection.</param>
/// <param name="interval">Between what it gets and what it says to that, in ticks; null if it only listens.</param>
internal sealed class Subscriber(World world, SimulatedCaller caller, long? interval) : IStreamHandler
{
    private long _next;
    private MessageStream? _stream;
    private bool _hasEnded;
    private bool _isWaiting;

    /// <summary>Messages that have come.</summary>
    public long Received { get; private set; }

    /// <summary>Numbers that did not come, came twice or in another order, and those sent of which nothing came back.</summary>
    public long Lost { get; private set; }

    /// <summary>Streams so far.</summary>
    public int Streams { get; private set; }

    public void Open()
    {
        Streams++;
        _stream = null;
        _hasEnded = false;
        (string, string)[] from = interval is null ? [("x-from", _next.ToString(CultureInfo.InvariantCulture))] : [];
        caller.Open(Fleet.Service, endStream: interval is null, this, from);
    }

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        _stream = stream;
        if (endStream)
        {
            End(headers);
        }
        else if (interval is not null)
        {
            Say();
        }
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        stream.ReturnCredit(data.Length);
        foreach (var number in Numbered.Read(data))
        {
            Received++;
            Lost += number == _next ? 0 : 1;
            _isWaiting = false;
            _next = number + 1;
        }

        if (interval is { } ticks)
        {
            var opened = Streams;
            world.After(ticks, () =>
            {
                if (!_hasEnded && opened == Streams)
                {
                    Say();
                }
            });
        }
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers) => End(trailers);

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        if (!_hasEnded) // its end may be followed by the word that nothing more is read
        {
            Lost++; // of what is cut off nobody can say what has come
            End(null);
        }
    }

    public void OnClosed(MessageStream stream)
    {
    }

    public void OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    public void OnSent(MessageStream stream, int bytes)
    {
    }

    private void Say()
    {
        _isWaiting = true;
        _stream!.Write(Numbered.Message(_next), endStream: false);
    }

    private void End(HeaderList? end)
    {
        if (_hasEnded)
        {
            return;
        }

        _hasEnded = true;
        Lost += _isWaiting ? 1 : 0;
        _isWaiting = false;
        if (end is null || (end.TryGet(KnownHeader.GrpcStatus, out var status) && GrpcStatus.TryParseCode(status, out var code) && code == GrpcStatus.Unavailable))
        {
            world.After(0, Open);
        }
    }
}
