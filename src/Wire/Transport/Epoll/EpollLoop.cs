using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.Wire.Transport.Epoll;

/// <summary>
/// The event loop of Linux: level-triggered epoll by system calls of our own, which spares the completion queues and
/// continuations between .NET's sockets and the code that reads.
/// </summary>
internal sealed unsafe class EpollLoop : EventLoop
{
    private const int MaxEvents = 256;

    /// <summary>struct epoll_event is packed on x86-64 only: 4 bytes of events, 8 of data, and 4 of padding elsewhere.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private readonly byte[] _events = GC.AllocateArray<byte>(MaxEvents * 16, pinned: true);
    private readonly int _epoll;
    private readonly int _wake;
    private readonly List<int> _freed = [];
    private readonly Stack<int> _free = [];
    private EpollSource?[] _sources = new EpollSource?[64];
    private int _used = 1; // 0 is the wake-up
    private readonly Lock _wakeGate = new();
    private bool _closed;

    public EpollLoop(TimeProvider time, string name)
        : base(time, name)
    {
        _epoll = Native.EpollCreate(Native.CloseOnExec);
        _wake = Native.EventFd(0, Native.CloseOnExec | Native.NonBlocking);
        if (_epoll < 0 || _wake < 0)
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }

        Control(Native.EpollCtlAdd, _wake, Native.EpollIn, 0);
    }

    public static bool IsSupported =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public override Channel Connect(EndPoint remote, IChannelHandler handler) => EpollChannel.Connect(this, remote, handler);

    public override Listener Listen(
        IPEndPoint local,
        IReadOnlyList<EventLoop> spread,
        Func<Channel, IChannelHandler?> accept,
        bool usesReserve = false)
    {
        var listener = new EpollListener(this, local, spread, accept, usesReserve);
        // The address is taken now, so that the caller learns of it; connections come once the loop turns.
        Post(listener.Open);
        return listener.Handle;
    }

    public void Register(EpollSource source, int events)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _used++;
            if (slot == _sources.Length)
            {
                Array.Resize(ref _sources, slot * 2);
            }
        }

        source.Slot = slot;
        _sources[slot] = source;
        Control(Native.EpollCtlAdd, source.Descriptor, events, slot);
    }

    public void Modify(EpollSource source, int events) => Control(Native.EpollCtlMod, source.Descriptor, events, source.Slot);

    /// <summary>Closes the source's descriptor and forgets the source.</summary>
    public void Release(EpollSource source)
    {
        Drop(source); // closing takes it off epoll's list
        _ = Native.Close(source.Descriptor);
    }

    /// <summary>Forgets a source whose descriptor somebody else closes or goes on with.</summary>
    public void Forget(EpollSource source)
    {
        Control(Native.EpollCtlDel, source.Descriptor, 0, source.Slot);
        Drop(source);
    }

    private void Drop(EpollSource source)
    {
        _sources[source.Slot] = null;
        // Not to be given out again this turn: an event of the dead one may still be in the batch.
        _freed.Add(source.Slot);
        source.Slot = -1;
    }

    public void Fail(Exception exception, Channel? channel) => OnFault(exception, channel);

    private protected override void Poll(int timeoutMilliseconds)
    {
        fixed (byte* events = _events)
        {
            var count = Native.EpollWait(_epoll, events, MaxEvents, timeoutMilliseconds);
            OnAwake();
            for (var i = 0; i < count; i++)
            {
                var at = events + (i * EventSize);
                var mask = *(int*)at;
                var slot = EventSize == 12 ? *(int*)(at + 4) : *(int*)(at + 8);
                if (slot == 0)
                {
                    ulong ignored;
                    _ = Native.Read(_wake, (byte*)&ignored, sizeof(ulong));
                    continue;
                }

                try
                {
                    _sources[slot]?.OnEvents(mask);
                }
                catch (Exception e)
                {
                    OnFault(e, null);
                }
            }
        }
    }

    private protected override void Wake()
    {
        lock (_wakeGate)
        {
            // Not after the loop's end: the number may be somebody else's socket by then.
            if (!_closed)
            {
                ulong one = 1;
                _ = Native.Write(_wake, (byte*)&one, sizeof(ulong));
            }
        }
    }

    private protected override void EndTurn()
    {
        base.EndTurn();
        foreach (var slot in _freed)
        {
            _free.Push(slot);
        }

        _freed.Clear();
    }

    private protected override void CloseAll()
    {
        foreach (var source in _sources)
        {
            source?.CloseForGood();
        }

        _ = Native.Close(_epoll);
        lock (_wakeGate)
        {
            _closed = true;
            _ = Native.Close(_wake);
        }
    }

    private void Control(int operation, int descriptor, int events, int slot)
    {
        var e = stackalloc byte[16];
        *(int*)e = events;
        *(long*)(e + (EventSize == 12 ? 4 : 8)) = slot;
        if (Native.EpollControl(_epoll, operation, descriptor, e) != 0)
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }
    }
}
