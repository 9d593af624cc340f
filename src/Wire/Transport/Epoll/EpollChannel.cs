using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Transport.Epoll;

/// <summary>A connection of TCP, or over a Unix socket, on an <see cref="EpollLoop"/>.</summary>
internal sealed unsafe class EpollChannel : Channel
{
    /// <summary>Reads of one connection in one turn, so that a fast sender does not starve the others: 256 KiB.</summary>
    private const int MostReads = 4;

    /// <summary>More than a turn usually produces; 1 MiB a call.</summary>
    private const int MostVectors = 64;

    private readonly Source _source;
    private bool _connecting;
    private bool _blocked;
    private bool _shutdown;
    private bool _paused;
    private bool _peerEnded;
    private bool _writeFailed;
    private bool _closed;

    private EpollChannel(EpollLoop loop, int descriptor, IPEndPoint? remote, bool connecting)
        : base(loop)
    {
        _source = new Source(this, loop, descriptor);
        _connecting = connecting;
        Remote = remote;
    }

    public override IPEndPoint? Remote { get; }

    public override IPEndPoint? Local
    {
        get
        {
            var address = stackalloc byte[32];
            uint length = 32;
            return !_closed && Remote is not null && Native.GetSocketName(_source.Descriptor, address, &length) == 0 ? SocketAddresses.Read(address) : null;
        }
    }

    public override bool IsClosed => _closed;

    private EpollLoop Epoll => (EpollLoop)Loop;

    /// <summary>Takes over an accepted descriptor. On the owning loop.</summary>
    public static void Adopt(EpollLoop loop, int descriptor, IPEndPoint? remote, Func<Channel, IChannelHandler?> accept)
    {
        SetNoDelay(descriptor);
        var channel = new EpollChannel(loop, descriptor, remote, connecting: false);
        loop.Register(channel._source, Native.EpollIn);
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
            }
        }
    }

    public static EpollChannel Connect(EpollLoop loop, EndPoint remote, IChannelHandler handler)
    {
        var address = remote.Serialize();
        // AF_INET6 is 23 to .NET and 10 to Linux; the serialized form begins with the platform's own.
        int family = BitConverter.ToUInt16(address.Buffer.Span);
        var descriptor = Native.Socket(family, Native.SockStream | Native.CloseOnExec | Native.NonBlocking, 0);
        var failed = descriptor < 0;
        var end = failed && Marshal.GetLastPInvokeError() is Native.EMFile or Native.ENFile or Native.ENoBufs or Native.ENoMem
            ? ChannelEnd.OutOfDescriptors
            : ChannelEnd.ConnectFailed;
        if (!failed)
        {
            if (remote is IPEndPoint)
            {
                SetNoDelay(descriptor);
            }

            fixed (byte* bytes = address.Buffer.Span)
            {
                failed = Native.Connect(descriptor, bytes, (uint)address.Size) != 0
                    && Marshal.GetLastPInvokeError() != Native.EInProgress;
            }
        }

        var channel = new EpollChannel(loop, descriptor, remote as IPEndPoint, connecting: true) { Handler = handler };
        if (failed)
        {
            if (descriptor >= 0)
            {
                _ = Native.Close(descriptor);
            }

            channel._closed = true;
            // Later, not from within: the caller does not hold the channel yet.
            loop.Post(() => handler.OnClosed(end));
            return channel;
        }

        loop.Register(channel._source, Native.EpollOut);
        return channel;
    }

    // The vectors are 1 KiB, which would be cleared for every write.
    [SkipLocalsInit]
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

        var vectors = stackalloc Native.IoVector[MostVectors];
        while (output.Length > 0)
        {
            var count = 0;
            nint offered = 0;
            for (var segment = output.Head; segment is not null && count < MostVectors; segment = segment.Next)
            {
                vectors[count].Base = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(segment.Array, segment.Start);
                vectors[count].Length = segment.Length;
                offered += segment.Length;
                count++;
            }

            var written = count == 1
                ? Native.Send(_source.Descriptor, vectors[0].Base, vectors[0].Length, Native.NoSignal)
                : Native.WriteVector(_source.Descriptor, vectors, count);
            if (written < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Native.EIntr)
                {
                    continue;
                }

                if (error != Native.EAgain)
                {
                    // The read side learns of it as well and tells the handler, in its own time and not from within a write.
                    _writeFailed = true;
                    return WriteResult.Failed;
                }

                written = 0;
            }

            output.Consume((int)written);
            if (written < offered)
            {
                // Not all was taken: the socket's buffer is full.
                _blocked = true;
                Watch();
                return WriteResult.Blocked;
            }
        }

        return WriteResult.Done;
    }

    public override void LimitUnacknowledged(TimeSpan limit)
    {
        var milliseconds = (int)Math.Min(limit.TotalMilliseconds, int.MaxValue);
        _ = Native.SetSocketOption(_source.Descriptor, Native.IpProtoTcp, Native.TcpUserTimeout, &milliseconds, sizeof(int));
    }

    public override bool IsUnacknowledgedFor(TimeSpan limit)
    {
        var info = stackalloc byte[TcpInfo.Length];
        uint length = TcpInfo.Length;
        return !_closed
            && Native.GetSocketOption(_source.Descriptor, Native.IpProtoTcp, TcpInfo.Option, (int*)info, &length) == 0
            && TcpInfo.IsUnacknowledgedFor(new ReadOnlySpan<byte>(info, (int)length), limit);
    }

    public override void AskWhenSilent(TimeSpan silence, TimeSpan answer)
    {
        Set(Native.IpProtoTcp, Native.TcpKeepIdle, Seconds(silence));
        Set(Native.IpProtoTcp, Native.TcpKeepInterval, Seconds(answer / KeepAliveQuestions));
        Set(Native.IpProtoTcp, Native.TcpKeepCount, KeepAliveQuestions);
        Set(Native.SolSocket, Native.SoKeepAlive, 1);

        void Set(int level, int name, int value) => _ = Native.SetSocketOption(_source.Descriptor, level, name, &value, sizeof(int));
    }

    public override void ShutdownWrite()
    {
        if (!_closed && !_shutdown)
        {
            _shutdown = true;
            // That it fails means that the connection is gone, of which the read side tells.
            _ = Native.Shutdown(_source.Descriptor, Native.ShutdownWrite);
        }
    }

    public override void Close()
    {
        if (!_closed)
        {
            _closed = true;
            Epoll.Release(_source);
        }
    }

    public override void Cut()
    {
        if (!_closed)
        {
            var linger = stackalloc int[2]; // on, for no time: close(2) resets
            linger[0] = 1;
            linger[1] = 0;
            _ = Native.SetSocketOption(_source.Descriptor, Native.SolSocket, Native.SoLinger, linger, 2 * sizeof(int));
            Close();
        }
    }

    public override void PauseReading()
    {
        if (!_paused && !_closed)
        {
            _paused = true;
            Watch();
        }
    }

    public override void ResumeReading()
    {
        if (_paused && !_closed)
        {
            _paused = false;
            Watch();
        }
    }

    private static void SetNoDelay(int descriptor)
    {
        var on = 1;
        _ = Native.SetSocketOption(descriptor, Native.IpProtoTcp, Native.TcpNoDelay, &on, sizeof(int));
    }

    private void OnEvents(int events)
    {
        try
        {
            if (_connecting)
            {
                FinishConnect();
                return;
            }

            if ((events & Native.EpollOut) != 0)
            {
                _blocked = false;
                Watch();
                RequestFlush();
            }

            if (_peerEnded)
            {
                if ((events & (Native.EpollHup | Native.EpollErr)) != 0)
                {
                    End(ChannelEnd.Reset); // now it does not read either
                }
            }
            else if (!_paused && (events & (Native.EpollIn | Native.EpollHup | Native.EpollErr)) != 0)
            {
                Receive();
            }
        }
        catch (Exception e)
        {
            Epoll.Fail(e, this);
        }
    }

    private void FinishConnect()
    {
        var error = 0;
        uint length = sizeof(int);
        if (Native.GetSocketOption(_source.Descriptor, Native.SolSocket, Native.SoError, &error, &length) != 0 || error != 0)
        {
            End(ChannelEnd.ConnectFailed);
            return;
        }

        _connecting = false;
        Watch();
        Handler.OnConnected();
        RequestFlush();
    }

    private void Receive()
    {
        for (var i = 0; i < MostReads && !_closed && !_paused; i++)
        {
            var buffer = Epoll.Segments.Reads.Next();
            nint read;
            fixed (byte* bytes = buffer)
            {
                read = Native.Receive(_source.Descriptor, bytes, buffer.Length, flags: 0);
            }

            if (read > 0)
            {
                Handler.OnBytes(buffer[..(int)read]);
                if (read < buffer.Length)
                {
                    return;
                }
            }
            else if (read == 0)
            {
                if (!_writeFailed && Handler.OnPeerEnded())
                {
                    _peerEnded = true;
                    if (!_closed)
                    {
                        Watch();
                    }

                    return;
                }

                // The kernel tells an error once: after a write that was told of it, a read sees an orderly end.
                End(_writeFailed ? ChannelEnd.Reset : ChannelEnd.EndOfStream);
                return;
            }
            else
            {
                var error = Marshal.GetLastPInvokeError();
                if (error == Native.EIntr)
                {
                    continue;
                }

                if (error != Native.EAgain)
                {
                    End(ChannelEnd.Reset);
                }

                return;
            }
        }
    }

    /// <summary>
    /// Tells the loop what it waits for. Where that is no bytes, an error or the end of both directions, which always come, come once:
    /// who does not act on them would be told of nothing else.
    /// </summary>
    private void Watch()
    {
        if (_connecting)
        {
            return; // a pause shows itself once it is through
        }

        var reading = _paused || _peerEnded ? Native.EpollEdge : Native.EpollIn;
        Epoll.Modify(_source, reading | (_blocked ? Native.EpollOut : 0));
    }

    private void End(ChannelEnd end)
    {
        Close();
        Handler.OnClosed(end);
    }

    /// <summary>The channel's face towards the loop.</summary>
    private sealed class Source : EpollSource
    {
        private readonly EpollChannel _channel;

        public Source(EpollChannel channel, EpollLoop loop, int descriptor)
            : base(loop)
        {
            _channel = channel;
            Descriptor = descriptor;
        }

        public override void OnEvents(int events) => _channel.OnEvents(events);

        public override void CloseForGood() => _channel.Close();
    }
}
