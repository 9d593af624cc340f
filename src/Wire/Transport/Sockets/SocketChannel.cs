using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Transport.Sockets;

/// <summary>A connection of TCP, or over a Unix socket, on a <see cref="SocketLoop"/>.</summary>
internal sealed class SocketChannel : Channel, IDisposable
{
    private const int Tcp = 6;

    private readonly Socket _socket;
    private readonly EndPoint? _remote;
    private readonly SocketAsyncEventArgs _receive = new();
    private readonly SocketAsyncEventArgs _send = new();
    private readonly Action _onReadable;
    private readonly Action _onSent;
    private byte[]? _sending;
    private bool _connecting;
    private bool _blocked;
    private bool _shutdown;
    private bool _paused;
    private bool _receiving;
    private bool _peerEnded;
    private bool _writeFailed;
    private bool _closed;

    public SocketChannel(SocketLoop loop, Socket socket, EndPoint? remote)
        : base(loop)
    {
        _socket = socket;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        _socket.Blocking = false;
        _remote = remote;
        _onReadable = OnReadable;
        _onSent = OnSent;
        _receive.SetBuffer([], 0, 0);
        _receive.Completed += (_, _) => Portable.Ready(_onReadable);
        _send.Completed += (_, _) => Portable.Ready(_onSent);
        loop.Track(this);
    }

    public override IPEndPoint? Remote => _remote as IPEndPoint;

    public override IPEndPoint? Local => !_closed && _socket.LocalEndPoint is IPEndPoint local ? new IPEndPoint(ListenSocket.Plain(local.Address), local.Port) : null;

    public override bool IsClosed => _closed;

    private SocketLoop Portable => (SocketLoop)Loop;

    /// <summary>Takes over an accepted socket. On the owning loop.</summary>
    public static void Adopt(SocketLoop loop, Socket socket, Func<Channel, IChannelHandler?> accept)
    {
        var channel = new SocketChannel(
            loop, socket, socket.RemoteEndPoint is IPEndPoint remote ? new IPEndPoint(ListenSocket.Plain(remote.Address), remote.Port) : null);
        IChannelHandler? handler = null;
        try
        {
            handler = accept(channel);
        }
        finally
        {
            if (handler is null)
            {
                channel.Close();
            }
            else
            {
                channel.Handler = handler;
                channel.BeginReceive();
            }
        }
    }

    public void BeginConnect()
    {
        _connecting = true;
        var args = new SocketAsyncEventArgs { RemoteEndPoint = _remote };
        args.Completed += (_, done) => Portable.Ready(() => OnConnectDone(done));
        if (!_socket.ConnectAsync(args))
        {
            Portable.Ready(() => OnConnectDone(args));
        }
    }

    public override WriteResult Write(ByteQueue output)
    {
        if (_closed)
        {
            return WriteResult.Failed;
        }

        if (_connecting || _blocked)
        {
            return WriteResult.Blocked;
        }

        while (output.Length > 0)
        {
            var sent = _socket.Send(output.First, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                output.Consume(sent);
                continue;
            }

            if (error is not (SocketError.WouldBlock or SocketError.IOPending or SocketError.NoBufferSpaceAvailable))
            {
                _writeFailed = true;
                return WriteResult.Failed;
            }

            BeginSend(output);
            return WriteResult.Blocked;
        }

        return WriteResult.Done;
    }

    public override void AskWhenSilent(TimeSpan silence, TimeSpan answer)
    {
        if (_closed)
        {
            return;
        }

        try
        {
            _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, Seconds(silence));
            _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Seconds(answer / KeepAliveQuestions));
            _socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveQuestions);
            _socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        }
        catch (SocketException)
        {
            // It is cut off already, of which the read side tells.
        }
    }

    public override bool IsUnacknowledgedFor(TimeSpan limit)
    {
        Span<byte> info = stackalloc byte[TcpInfo.Length];
        try
        {
            return OperatingSystem.IsLinux() && !_closed
                && TcpInfo.IsUnacknowledgedFor(info[.._socket.GetRawSocketOption(Tcp, TcpInfo.Option, info)], limit);
        }
        catch (SocketException)
        {
            return false; // it is cut off already, of which the read side tells
        }
    }

    public override void LimitUnacknowledged(TimeSpan limit)
    {
        const int userTimeout = 18;
        if (OperatingSystem.IsLinux() && !_closed)
        {
            Span<byte> milliseconds = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(milliseconds, (int)Math.Min(limit.TotalMilliseconds, int.MaxValue));
            try
            {
                _socket.SetRawSocketOption(Tcp, userTimeout, milliseconds);
            }
            catch (SocketException)
            {
                // It is cut off already, of which the read side tells.
            }
        }
    }

    public override void ShutdownWrite()
    {
        if (_closed || _shutdown)
        {
            return;
        }

        _shutdown = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The connection is gone, of which the read side tells.
        }
    }

    public override void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        Portable.Forget(this);
        _socket.Dispose();
        _receive.Dispose();
        _send.Dispose();
    }

    public override void Cut()
    {
        if (!_closed)
        {
            _socket.LingerState = new LingerOption(enable: true, seconds: 0);
            Close();
        }
    }

    public override void PauseReading() => _paused = true;

    public override void ResumeReading()
    {
        if (_paused)
        {
            _paused = false;
            BeginReceive();
        }
    }

    public void Dispose() => Close();

    /// <summary>The socket's buffer is full: one piece is left with the system, whose completion says that there is room again.</summary>
    private void BeginSend(ByteQueue output)
    {
        _blocked = true;
        _sending ??= new byte[Segment.Size];
        var count = output.CopyTo(0, _sending);
        output.Consume(count);
        _send.SetBuffer(_sending, 0, count);
        if (!_socket.SendAsync(_send))
        {
            Portable.Ready(_onSent);
        }
    }

    private void OnSent()
    {
        if (_closed)
        {
            return;
        }

        _blocked = false;
        if (_send.SocketError == SocketError.Success)
        {
            RequestFlush();
        }
        else
        {
            _writeFailed = true;
        }
    }

    private void OnConnectDone(SocketAsyncEventArgs args)
    {
        var error = args.SocketError;
        args.Dispose();
        if (_closed)
        {
            return;
        }

        if (error != SocketError.Success)
        {
            End(ChannelEnd.ConnectFailed);
            return;
        }

        _connecting = false;
        Handler.OnConnected();
        RequestFlush();
        BeginReceive();
    }

    /// <summary>Waits for bytes without a buffer: the loop's shared one is used when they are there.</summary>
    private void BeginReceive()
    {
        if (_closed || _connecting || _paused || _peerEnded || _receiving)
        {
            return;
        }

        _receiving = true;
        if (!_socket.ReceiveAsync(_receive))
        {
            Portable.Ready(_onReadable);
        }
    }

    private void OnReadable()
    {
        _receiving = false;
        if (_closed || _paused)
        {
            return;
        }

        try
        {
            var buffer = Portable.Segments.Reads.Next();
            var read = _socket.Receive(buffer, SocketFlags.None, out var error);
            if (error == SocketError.Success && read > 0)
            {
                Handler.OnBytes(buffer[..read]);
            }
            else if (error == SocketError.Success && !_writeFailed && Handler.OnPeerEnded())
            {
                _peerEnded = true;
            }
            else if (error != SocketError.WouldBlock)
            {
                // The kernel tells an error once: after a write that was told of it, a read sees an orderly end.
                End(error == SocketError.Success && !_writeFailed ? ChannelEnd.EndOfStream : ChannelEnd.Reset);
                return;
            }

            BeginReceive();
        }
        catch (Exception e)
        {
            Portable.Fail(e, this);
        }
    }

    private void End(ChannelEnd end)
    {
        Close();
        Handler.OnClosed(end);
    }
}
