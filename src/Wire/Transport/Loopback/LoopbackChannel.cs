using System.Net;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Transport.Loopback;

/// <summary>
/// One end of a pipe between two handlers on the same loop: what is written at one end is read at the other, a turn later at most and
/// without the system. Each end holds so much that the other has not read, and no more.
/// </summary>
public sealed class LoopbackChannel : Channel
{
    private const int Room = 256 * 1024;

    private readonly ByteQueue _unread;
    private readonly Action _read;
    private LoopbackChannel _peer = null!;
    private bool _isReadPosted;
    private bool _isPaused;
    private bool _isBlocked;
    private bool _isShut;
    private bool _isClosed;
    private bool _hasPeerEnded;
    private bool _isPeerEndTold;

    private LoopbackChannel(EventLoop loop)
        : base(loop)
    {
        _unread = new ByteQueue(loop.Segments);
        _read = Read;
    }

    /// <inheritdoc/>
    public override IPEndPoint? Remote => null;

    /// <inheritdoc/>
    public override bool IsClosed => _isClosed;

    /// <summary>Two ends; the handler of the near one is told that it is connected.</summary>
    public static (LoopbackChannel Near, LoopbackChannel Far) Pair(EventLoop loop)
    {
        var near = new LoopbackChannel(loop);
        var far = new LoopbackChannel(loop);
        (near._peer, far._peer) = (far, near);
        loop.Post(near.OnConnected);
        return (near, far);
    }

    /// <inheritdoc/>
    public override WriteResult Write(ByteQueue output)
    {
        if (_isClosed || _isShut)
        {
            return output.Length == 0 ? WriteResult.Done : WriteResult.Failed;
        }

        if (_peer._isClosed)
        {
            output.Clear(); // its end is on its way to us
            return WriteResult.Done;
        }

        var count = Math.Min(output.Length, Room - _peer._unread.Length);
        if (count > 0)
        {
            _peer._unread.MoveFrom(output, count);
            _peer.PostRead();
        }

        _isBlocked = output.Length > 0;
        return _isBlocked ? WriteResult.Blocked : WriteResult.Done;
    }

    /// <inheritdoc/>
    public override void ShutdownWrite()
    {
        if (!_isShut && !_isClosed)
        {
            _isShut = true;
            _peer._hasPeerEnded = true;
            _peer.PostRead();
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        ShutdownWrite();
        Forget();
    }

    /// <inheritdoc/>
    public override void Cut()
    {
        if (!_isClosed)
        {
            Forget();
            Loop.Post(_peer.OnCut);
        }
    }

    /// <inheritdoc/>
    public override void PauseReading() => _isPaused = true;

    /// <inheritdoc/>
    public override void ResumeReading()
    {
        if (_isPaused)
        {
            _isPaused = false;
            PostRead();
        }
    }

    private void PostRead()
    {
        if (!_isReadPosted && !_isClosed)
        {
            _isReadPosted = true;
            Loop.Post(_read);
        }
    }

    private void Read()
    {
        _isReadPosted = false;
        while (_unread.Length > 0 && !_isPaused && !_isClosed)
        {
            // As from a socket: into the loop's block, of which the handler may hold pieces.
            var block = Loop.Segments.Reads.Next();
            var count = _unread.CopyTo(0, block);
            _unread.Consume(count);
            Handler.OnBytes(block[..count]);
        }

        if (_peer._isBlocked && _unread.Length < Room / 2)
        {
            _peer._isBlocked = false;
            _peer.RequestFlush();
        }

        if (_hasPeerEnded && !_isPeerEndTold && _unread.Length == 0 && !_isPaused && !_isClosed)
        {
            _isPeerEndTold = true;
            if (!Handler.OnPeerEnded() || _peer._isClosed)
            {
                End(ChannelEnd.EndOfStream);
            }
        }
    }

    private void OnConnected()
    {
        if (!_isClosed)
        {
            Handler.OnConnected();
        }
    }

    private void OnCut() => End(ChannelEnd.Reset);

    private void End(ChannelEnd end)
    {
        if (!_isClosed)
        {
            ShutdownWrite();
            Forget();
            Handler.OnClosed(end);
        }
    }

    private void Forget()
    {
        _isClosed = true;
        _unread.Clear();
    }
}
