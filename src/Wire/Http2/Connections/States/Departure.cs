using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http2.Connections.States;

/// <summary>
/// How a connection comes to its orderly end: our GOAWAY, in two steps where we are the server, and the peer's (RFC 9113
/// section 6.8). Streams under way finish; then the connection closes. Owned by its connection.
/// </summary>
internal sealed class Departure(ConnectionState connection)
{
    /// <summary>What marks the PING that ends the first step of a graceful GOAWAY.</summary>
    private static ReadOnlySpan<byte> StepPing => "goaway\0\0"u8;

    private int _lastTaken = int.MaxValue;
    private int _peerLast = int.MaxValue;

    /// <summary>We have said that we go away.</summary>
    public bool IsOurs { get; private set; }

    /// <summary>The peer has said that it goes away.</summary>
    public bool IsPeers { get; private set; }

    /// <summary>No stream is left that anybody waits for, and none may come.</summary>
    public bool IsOver => connection.Streams.Count == 0
        && (connection.IsClient ? IsOurs || IsPeers : IsOurs && _lastTaken != int.MaxValue);

    /// <summary>Server role: not above the last one of our GOAWAY.</summary>
    public bool Takes(int streamId) => streamId <= _lastTaken;

    /// <summary>
    /// First tells the peer to open no more streams, then, when it must have read that, which was the last one taken.
    /// </summary>
    public void Begin()
    {
        if (IsOurs)
        {
            return;
        }

        IsOurs = true;
        connection.Times.OnLeaving();
        if (connection.IsClient)
        {
            connection.Output.WriteGoAway(0, ErrorCode.NoError, default);
            connection.CloseIfOver();
            return;
        }

        connection.Output.WriteGoAway(int.MaxValue, ErrorCode.NoError, default);
        connection.Output.WritePing(StepPing, ack: false);
        connection.Times.OnGoAwayPing();
    }

    /// <summary>The answer to one of our PINGs.</summary>
    public void OnPingAck(ReadOnlySpan<byte> opaque)
    {
        if (opaque.SequenceEqual(StepPing))
        {
            OnStepDue();
        }
    }

    /// <summary>The peer has read the first GOAWAY, or has had time to.</summary>
    public void OnStepDue()
    {
        connection.Times.OnGoAwayDone();
        if (IsOurs && !connection.IsClient && _lastTaken == int.MaxValue)
        {
            _lastTaken = connection.Streams.LastOfPeer;
            connection.Output.WriteGoAway(_lastTaken, ErrorCode.NoError, default);
            connection.CloseIfOver();
        }
    }

    /// <summary>The peer's GOAWAY.</summary>
    public void OnPeer(int lastStreamId, ErrorCode code)
    {
        connection.Connection.Failure ??= code == ErrorCode.NoError ? null : $"the peer went away with {code}";
        IsPeers = true;
        if (connection.IsClient)
        {
            // It may be said twice, and only go down (RFC 9113 section 6.8).
            var goesDown = lastStreamId < _peerLast;
            _peerLast = Math.Min(_peerLast, lastStreamId);
            connection.Connection.Handler.OnCapacityChanged(connection.Connection);
            if (goesDown)
            {
                connection.Streams.EndAll(new StreamReset(ErrorCode.RefusedStream, ResetCause.GoAway), stream => stream.Id > _peerLast);
            }

            connection.CloseIfOver();
        }
        else
        {
            // A client that goes away means to open no more; what it has sent before is still taken.
            Begin();
        }
    }

    /// <summary>The last word, with an error or none: never above what an earlier one said (RFC 9113 section 6.8).</summary>
    public void Say(ErrorCode code, ReadOnlySpan<byte> why) =>
        connection.Output.WriteGoAway(Math.Min(_lastTaken, connection.Streams.LastOfPeer), code, why);
}
