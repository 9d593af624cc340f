using System.Net;
using Mesh.Wire.Timers;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One try to connect to an endpoint, over all its addresses (RFC 8305): the next is tried when one has failed, or has not come
/// about within a moment, and the first that does wins. Part of <see cref="EndpointConnections"/>, which makes the connections.
/// </summary>
internal sealed class AddressRace : ITimerTarget
{
    /// <summary>RFC 8305 section 5: long enough that most need one connection, and short enough that nobody notices.</summary>
    private static readonly long Head = TimeSpan.FromMilliseconds(250).Ticks;

    private readonly EndpointConnections _owner;
    private readonly Endpoint _endpoint;
    private readonly EventLoop _loop;
    private readonly LoopTimer _next;
    private readonly List<EndPoint> _tried = [];

    /// <param name="owner">Makes the connections.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="loop">Of the connections.</param>
    /// <param name="connectTimeout">Of each connection, in ticks.</param>
    public AddressRace(EndpointConnections owner, Endpoint endpoint, EventLoop loop, long connectTimeout)
    {
        _owner = owner;
        _endpoint = endpoint;
        _loop = loop;
        ConnectTimeout = connectTimeout;
        _next = new LoopTimer(this);
    }

    public long ConnectTimeout { get; }

    /// <summary>Begins with the next address.</summary>
    /// <returns>Whether there was one left.</returns>
    public bool TryNext()
    {
        _next.Cancel();
        if (Next() is not { } address)
        {
            return false;
        }

        _tried.Add(address);
        _owner.Open(address, ConnectTimeout);
        if (Next() is not null)
        {
            _loop.Timers.Schedule(_next, _loop.Now + Head);
        }

        return true;
    }

    /// <summary>Somebody is there: the others wait for how it goes on.</summary>
    public void Pause() => _next.Cancel();

    /// <summary>A connection was given up only because another was faster.</summary>
    public void Forget(EndPoint address) => _tried.Remove(address);

    void ITimerTarget.OnTimer(int kind) => TryNext();

    /// <summary>The one that worked last, then the others in order; by the addresses it has now.</summary>
    private EndPoint? Next()
    {
        if (_endpoint.Target is { } best && !_tried.Contains(best))
        {
            return best;
        }

        foreach (var address in _endpoint.Addresses)
        {
            if (!_tried.Contains(address))
            {
                return address;
            }
        }

        return null;
    }
}
