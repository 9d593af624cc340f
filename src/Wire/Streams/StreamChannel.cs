using System.Net;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Streams;

/// <summary>
/// A channel whose bytes go over a stream that has become a tunnel (RFC 9110 section 9.3.6): whoever asked for it with CONNECT speaks
/// through it as if it had connected. Its owner makes it the stream's handler, and gives it one of its own.
/// </summary>
/// <param name="stream">Whose head has been answered.</param>
public sealed class StreamChannel(MessageStream stream) : Channel(stream.Connection.Loop), IStreamHandler
{
    private readonly ByteQueue _unread = new(stream.Connection.Loop.Segments);
    private readonly IPEndPoint? _remote = stream.Connection.Remote;
    private MessageStream? _stream = stream;
    private bool _isPaused;
    private bool _isShut;
    private bool _hasPeerEnded;
    private bool _isTold;

    /// <inheritdoc/>
    public override IPEndPoint? Remote => _remote;

    /// <inheritdoc/>
    public override bool IsClosed => _isTold;

    /// <inheritdoc/>
    public override WriteResult Write(ByteQueue output)
    {
        if (_stream is not { IsClosed: false } stream || _isShut)
        {
            return WriteResult.Failed;
        }

        if (stream.PendingBytes == 0 && output.Length > 0)
        {
            // What it does not send at once it keeps, and tells of.
            stream.Write(output, endStream: false);
            output.Clear();
        }

        return output.Length > 0 || stream.PendingBytes > 0 ? WriteResult.Blocked : WriteResult.Done;
    }

    /// <inheritdoc/>
    public override void ShutdownWrite()
    {
        if (!_isShut)
        {
            _isShut = true;
            _stream?.Write(default(ReadOnlySpan<byte>), endStream: true);
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        ShutdownWrite();
        _isTold = true;
        _unread.Clear();
        _stream?.StopPeerWhenDone();
    }

    /// <inheritdoc/>
    public override void Cut()
    {
        _isShut = _isTold = true;
        _unread.Clear();
        _stream?.Reset(ErrorCode.ConnectError);
    }

    /// <inheritdoc/>
    public override void PauseReading() => _isPaused = true;

    /// <inheritdoc/>
    public override void ResumeReading()
    {
        if (_isPaused)
        {
            _isPaused = false;
            Loop.Post(ReadOn);
        }
    }

    /// <summary>Whoever asked for the tunnel has said with that, too, that nothing will come through it.</summary>
    public void EndByPeer()
    {
        _hasPeerEnded = true;
        TellEnd();
    }

    void IStreamHandler.OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        _hasPeerEnded |= endStream;
        if (_isTold)
        {
            stream.ReturnCredit(data.Length);
        }
        else if (_isPaused || _unread.Length > 0)
        {
            _unread.Append(data); // no more than the stream's window, which is not given back
        }
        else
        {
            Read(data);
            TellEnd();
        }
    }

    void IStreamHandler.OnSent(MessageStream stream, int bytes)
    {
        if (stream.PendingBytes == 0)
        {
            RequestFlush();
        }
    }

    void IStreamHandler.OnReset(MessageStream stream, StreamReset reset) => Tell(ChannelEnd.Reset);

    void IStreamHandler.OnClosed(MessageStream stream)
    {
        _stream = null;
        Tell(ChannelEnd.EndOfStream);
    }

    void IStreamHandler.OnInterim(MessageStream stream, HeaderList headers)
    {
    }

    void IStreamHandler.OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
    }

    void IStreamHandler.OnTrailers(MessageStream stream, HeaderList trailers)
    {
        EndByPeer();
    }

    private void ReadOn()
    {
        while (_unread.Length > 0 && !_isPaused && !_isTold)
        {
            var n = _unread.First.Length;
            Read(_unread.First);
            _unread.Consume(Math.Min(n, _unread.Length)); // all is gone if it was closed meanwhile
        }

        TellEnd();
    }

    private void Read(ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty)
        {
            Handler.OnBytes(data);
            _stream?.ReturnCredit(data.Length);
        }
    }

    private void TellEnd()
    {
        if (!_hasPeerEnded || _isTold || _isPaused || _unread.Length > 0)
        {
            return;
        }

        _hasPeerEnded = false; // once
        if (!Handler.OnPeerEnded())
        {
            var handler = Handler;
            Close();
            handler.OnClosed(ChannelEnd.EndOfStream);
        }
    }

    private void Tell(ChannelEnd end)
    {
        if (!_isTold)
        {
            _isTold = _isShut = true;
            _unread.Clear();
            Handler.OnClosed(end);
        }
    }
}
