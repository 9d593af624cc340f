using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mesh.ControlPlane.Listening;

/// <summary>One connection among those a listener has room for. Any thread.</summary>
internal sealed class Place
{
    private readonly ConnectionPlaces _places;
    private readonly Action _abort;
    private readonly Socket _socket;
    private int _holds;
    private long _idleSince;

    /// <param name="places">Where it is one.</param>
    /// <param name="abort">Ends the connection.</param>
    /// <param name="socket">Its own.</param>
    /// <param name="now">The places' time.</param>
    public Place(ConnectionPlaces places, Action abort, Socket socket, long now)
    {
        _socket = socket;
        _places = places;
        _abort = abort;
        _idleSince = now;
        Node = new LinkedListNode<Place>(this);
    }

    /// <summary>In the order in which they were accepted; belongs to <see cref="ConnectionPlaces"/>.</summary>
    public LinkedListNode<Place> Node { get; }

    /// <summary>Whether something is under way on it, for which it is kept; if not, it may have to make room for another one.</summary>
    public bool IsHeld => Volatile.Read(ref _holds) > 0 || HasUnread;

    /// <summary>
    /// Whether anything has ever come on it, by the system's count: what was read a moment ago is neither unread nor under way yet.
    /// </summary>
    public bool HasSpoken
    {
        get
        {
            const int tcp = 6, tcpInfo = 11, state = 0, bytesReceived = 128;
            const byte established = 1;
            Span<byte> info = stackalloc byte[bytesReceived + sizeof(ulong)];
            try
            {
                return OperatingSystem.IsLinux()
                    && _socket.GetRawSocketOption(tcp, tcpInfo, info) == info.Length
                    // The end of what it sends counts as a byte.
                    && MemoryMarshal.Read<ulong>(info[bytesReceived..]) > (info[state] == established ? 0u : 1u);
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }

    /// <summary>Since when nothing is under way on it.</summary>
    public long IdleSince => Volatile.Read(ref _idleSince);

    /// <summary>Something begins on it.</summary>
    public void Hold() => Interlocked.Increment(ref _holds);

    /// <summary>It has ended.</summary>
    public void Release(long now)
    {
        Volatile.Write(ref _idleSince, now);
        if (Interlocked.Decrement(ref _holds) == 0)
        {
            _places.OnChanged();
        }
    }

    public void Abort() => _abort();

    /// <summary>Something has come that a busy machine has not got round to.</summary>
    private bool HasUnread
    {
        get
        {
            try
            {
                return _socket.Available > 0;
            }
            catch (Exception over) when (over is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }
}
