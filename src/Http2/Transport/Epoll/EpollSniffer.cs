using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mesh.Http2.Timers;

namespace Mesh.Http2.Transport.Epoll;

/// <summary>
/// An accepted connection until its first bytes tell whose it is. It only peeks: whoever takes the connection reads them
/// again.
/// </summary>
internal sealed unsafe class EpollSniffer : EpollSource, ITimerTarget
{
    /// <summary>A peer that says nothing in this time has nothing to say.</summary>
    private static readonly long Patience = TimeSpan.FromSeconds(10).Ticks;

    private readonly IPEndPoint _remote;
    private readonly Func<Channel, IChannelHandler?> _accept;
    private readonly Action<Socket> _other;
    private readonly LoopTimer _timeout;

    public EpollSniffer(EpollLoop loop, int descriptor, IPEndPoint remote, Func<Channel, IChannelHandler?> accept, Action<Socket> other)
        : base(loop)
    {
        Descriptor = descriptor;
        _remote = remote;
        _accept = accept;
        _other = other;
        _timeout = new LoopTimer(this);
        // Edge-triggered: of bytes that decide nothing we want to hear once.
        loop.Register(this, Native.EpollIn | Native.EpollEdge);
        loop.Timers.Schedule(_timeout, loop.Now + Patience);
    }

    public override void OnEvents(int events)
    {
        var first = stackalloc byte[Preface.Longest];
        var read = Native.Receive(Descriptor, first, Preface.Longest, Native.MsgPeek);
        if (read < 0 && Marshal.GetLastPInvokeError() is Native.EAgain or Native.EIntr)
        {
            return;
        }

        if (read <= 0)
        {
            CloseForGood();
            return;
        }

        var isHttp2 = Preface.IsHttp2(new ReadOnlySpan<byte>(first, (int)read));
        if (isHttp2 is null)
        {
            return;
        }

        _timeout.Cancel();
        Epoll.Forget(this);
        if (isHttp2.Value)
        {
            EpollChannel.Adopt(Epoll, Descriptor, _remote, _accept);
        }
        else
        {
            _other(new Socket(new SafeSocketHandle(Descriptor, ownsHandle: true)));
        }
    }

    public void OnTimer(int kind) => CloseForGood();

    public override void CloseForGood()
    {
        _timeout.Cancel();
        if (Slot >= 0)
        {
            Epoll.Release(this);
        }
    }
}
