using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Wire.Timers;

namespace Mesh.Wire.Transport.Epoll;

/// <summary>
/// Accepts connections on one loop and hands them to others in turn. When descriptors or memory run short it lets the
/// connections wait in the kernel's queue and looks again, instead of spinning on what it cannot accept.
/// </summary>
internal sealed unsafe class EpollListener : EpollSource, ITimerTarget
{
    /// <summary>Accepts of one turn, so that a storm of connections does not starve those there are.</summary>
    private const int MostAccepts = 64;

    private static readonly long RetryTime = TimeSpan.FromMilliseconds(100).Ticks;

    private readonly Socket _socket;
    private readonly IReadOnlyList<EventLoop> _spread;
    private readonly Func<Channel, IChannelHandler?> _accept;
    private readonly bool _usesReserve;
    private readonly LoopTimer _retry;
    private readonly Face _face;
    private int _next;
    private bool _closed;

    public EpollListener(
        EpollLoop loop,
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        bool usesReserve)
        : base(loop)
    {
        _spread = spread;
        _accept = accept;
        _usesReserve = usesReserve;
        _retry = new LoopTimer(this);
        _socket = ListenSocket.Open(local);
        _socket.Blocking = false;
        Descriptor = (int)_socket.Handle;
        _face = new Face(this, (IPEndPoint)_socket.LocalEndPoint!);
    }

    public Listener Handle => _face;

    public void Open()
    {
        if (!_closed)
        {
            Epoll.Register(this, Native.EpollIn);
        }
    }

    public override void OnEvents(int events)
    {
        var address = stackalloc byte[32];
        for (var i = 0; i < MostAccepts; i++)
        {
            if (Epoll.Segments.Memory.Pressure == Buffers.MemoryPressure.Spent)
            {
                Pause(AcceptPause.Memory);
                return;
            }

            uint length = 32;
            var accepted = Native.Accept(Descriptor, address, &length, Native.CloseOnExec | Native.NonBlocking);
            if (accepted < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                if (error is Native.EMFile or Native.ENFile or Native.ENoBufs or Native.ENoMem)
                {
                    Pause(error is Native.EMFile or Native.ENFile ? AcceptPause.Descriptors : AcceptPause.Memory);
                    return;
                }

                if (error == Native.EAgain)
                {
                    return;
                }

                continue; // one that is gone already
            }

            HandOver(accepted, address);
            if (!_usesReserve && DescriptorReserve.Process.Includes(accepted))
            {
                Pause(AcceptPause.Descriptors);
                return;
            }
        }
    }

    public void OnTimer(int kind)
    {
        if (_closed)
        {
            return;
        }

        if (IsStillShort())
        {
            Epoll.Timers.Schedule(_retry, Epoll.Now + RetryTime);
            return;
        }

        _face.SetPause(AcceptPause.None);
        Epoll.Modify(this, Native.EpollIn);
    }

    public override void CloseForGood() => Close();

    private void Pause(AcceptPause reason)
    {
        _face.SetPause(reason);
        Epoll.Modify(this, 0);
        Epoll.Timers.Schedule(_retry, Epoll.Now + RetryTime);
    }

    /// <summary>One that uses the reserve finds out by trying.</summary>
    private bool IsStillShort() => _face.Pause == AcceptPause.Descriptors
        ? !_usesReserve && !DescriptorReserve.Process.IsWhole(Descriptor)
        : Epoll.Segments.Memory.Look() == Buffers.MemoryPressure.Spent;

    private void HandOver(int descriptor, byte* address)
    {
        try
        {
            HandOver(descriptor, SocketAddresses.Read(address));
        }
        catch (OutOfMemoryException)
        {
            _ = Native.Close(descriptor); // nobody else knows of it yet
            throw;
        }
    }

    private void HandOver(int descriptor, IPEndPoint remote)
    {
        var loop = (EpollLoop)_spread[_next];
        _next = (_next + 1) % _spread.Count;
        if (ReferenceEquals(loop, Epoll))
        {
            EpollChannel.Adopt(loop, descriptor, remote, _accept);
        }
        else
        {
            loop.Post(() => EpollChannel.Adopt(loop, descriptor, remote, _accept));
        }
    }

    private void Close()
    {
        if (_closed)
        {
            return;
        }

        _closed = true;
        _retry.Cancel();
        if (Slot >= 0)
        {
            // The socket object owns the descriptor; the loop must not close it as well.
            Epoll.Forget(this);
        }

        _socket.Dispose();
    }

    private sealed class Face(EpollListener listener, IPEndPoint local) : Listener
    {
        public override IPEndPoint Local { get; } = local;

        public override void Close() => listener.Close();

        public new void SetPause(AcceptPause pause) => base.SetPause(pause);
    }
}
