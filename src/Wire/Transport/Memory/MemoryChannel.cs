using System.Net;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Transport.Memory;

/// <summary>One end of a pipe in memory; the other end is the test, or another such channel joined by <see cref="Join"/>.</summary>
internal sealed class MemoryChannel(MemoryLoop loop) : Channel(loop)
{
    private readonly List<byte> _written = [];
    private readonly List<byte> _unread = [];
    private MemoryChannel? _peer;
    private bool _paused;
    private bool _peerEnded;
    private bool _closed;
    private ChannelEnd? _endsWith;

    public override IPEndPoint? Remote => null;

    /// <summary>Whether our side has closed it.</summary>
    public override bool IsClosed => _closed;

    /// <summary>Whether our side has said that it writes no more.</summary>
    public bool IsShutdown { get; private set; }

    /// <summary>Whether our side has ended it with a reset.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether our side reads nothing at present.</summary>
    public bool IsPaused => _paused;

    /// <summary>For how long the peer's system is said to have acknowledged nothing; by default it does at once.</summary>
    public TimeSpan SilentFor { get; set; } = TimeSpan.MinValue;

    /// <summary>What our side has asked of <see cref="LimitUnacknowledged"/>; null if nothing.</summary>
    public TimeSpan? UnacknowledgedLimit { get; private set; }

    /// <summary>What our side has asked of <see cref="AskWhenSilent"/>; null if nothing.</summary>
    public (TimeSpan Silence, TimeSpan Answer)? SilenceLimit { get; private set; }

    /// <summary>Bytes that may still be written before the channel blocks; a test lowers it to stand for a slow peer.</summary>
    public int Room { get; set; } = int.MaxValue;

    /// <summary>Makes two channels each other's peer.</summary>
    public static void Join(MemoryChannel one, MemoryChannel other) => (one._peer, other._peer) = (other, one);

    public override WriteResult Write(ByteQueue output)
    {
        if (IsClosed || (IsShutdown && output.Length > 0))
        {
            return WriteResult.Failed;
        }

        while (output.Length > 0 && Room > 0)
        {
            var n = Math.Min(Room, output.First.Length);
            var bytes = output.First[..n];
            if (_peer is null)
            {
                _written.AddRange(bytes);
            }
            else
            {
                var copy = bytes.ToArray();
                var peer = _peer;
                Loop.Post(() => peer.Receive(copy));
            }

            output.Consume(n);
            Room -= Room == int.MaxValue ? 0 : n;
        }

        return output.Length == 0 ? WriteResult.Done : WriteResult.Blocked;
    }

    public override void ShutdownWrite()
    {
        if (IsClosed || IsShutdown)
        {
            return;
        }

        IsShutdown = true;
        if (_peer is { } peer)
        {
            Loop.Post(() =>
            {
                peer.End(ChannelEnd.EndOfStream);
                if (peer.IsClosed)
                {
                    // Like a socket's owner that reads the end of the stream and closes, of which this side reads in turn.
                    End(ChannelEnd.EndOfStream);
                }
            });
        }
    }

    public override void Close()
    {
        if (!IsClosed)
        {
            _closed = true;
            var peer = _peer;
            if (peer is not null)
            {
                Loop.Post(() => peer.End(ChannelEnd.EndOfStream));
            }
        }
    }

    public override void Cut()
    {
        if (!IsClosed)
        {
            _closed = IsCut = true;
            if (_peer is { } peer)
            {
                Loop.Post(() => peer.End(ChannelEnd.Reset));
            }
        }
    }

    public override bool IsUnacknowledgedFor(TimeSpan limit) => SilentFor >= limit;

    public override void LimitUnacknowledged(TimeSpan limit) => UnacknowledgedLimit = limit;

    public override void AskWhenSilent(TimeSpan silence, TimeSpan answer) => SilenceLimit = (silence, answer);

    public override void PauseReading() => _paused = true;

    public override void ResumeReading()
    {
        if (_paused)
        {
            _paused = false;
            Loop.Post(ReadOn);
        }
    }

    /// <summary>The peer says this. It is read as from a socket: into the loop's block, of which the handler may hold pieces.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (_unread.Count > 0)
        {
            _unread.AddRange(bytes); // behind what waits to be read
            return;
        }

        while (!bytes.IsEmpty && !IsClosed)
        {
            if (_paused)
            {
                _unread.AddRange(bytes);
                return;
            }

            var block = Loop.Segments.Reads.Next();
            var n = Math.Min(bytes.Length, block.Length);
            bytes[..n].CopyTo(block);
            bytes = bytes[n..];
            Handler.OnBytes(block[..n]);
        }
    }

    /// <summary>The peer is through, or gone.</summary>
    public void End(ChannelEnd end)
    {
        if (IsClosed)
        {
            return;
        }

        if ((_paused || _unread.Count > 0) && end == ChannelEnd.EndOfStream)
        {
            _endsWith = end;
            return;
        }

        if (end == ChannelEnd.EndOfStream && !_peerEnded && Handler.OnPeerEnded())
        {
            _peerEnded = true;
            return;
        }

        _closed = true;
        Handler.OnClosed(end);
    }

    private void ReadOn()
    {
        var unread = _unread.ToArray();
        _unread.Clear();
        Receive(unread);
        if (!_paused && _endsWith is { } end)
        {
            _endsWith = null;
            End(end);
        }
    }

    /// <summary>What our side has said since the last call.</summary>
    public byte[] TakeWritten()
    {
        var bytes = _written.ToArray();
        _written.Clear();
        return bytes;
    }
}
