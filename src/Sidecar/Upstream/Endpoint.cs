using System.Net;
using Mesh.Policy.Balancing;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One instance of a service as a destination: made when its identity (service, id and address) first appears, kept by
/// every snapshot that has it. Loops share its state and have connections of their own.
/// </summary>
internal sealed class Endpoint
{
    private readonly EndpointConnections?[] _connections = new EndpointConnections?[2 * Workers.WorkerLoop.Most];
    private volatile EndPoint[] _addresses = [];
    private volatile EndPoint? _proven;
    private volatile string? _lookUpFailure;
    private volatile Action? _whenUnreachable;
    private volatile bool _isSidecar;
    private volatile SpiffeId? _identity;

    /// <param name="service">Whose instance it is.</param>
    /// <param name="id">The instance's.</param>
    /// <param name="address">HOST:PORT, or <c>unix:/PATH</c> of an app beside us. Of an IP address the one address is known at once; a name is looked up by <see cref="AddressResolver"/>.</param>
    /// <param name="state">Load, latency and breaker.</param>
    public Endpoint(string service, string id, string address, EndpointState state)
    {
        Service = service;
        Id = id;
        Address = Authority = address;
        Name = id == address ? address : $"{id} ({address})";
        State = state;
        if (UnixSocket.TryParse(address) is { } socket)
        {
            _addresses = [socket];
            Authority = "localhost";
        }
        else if (!HostPort.TryParse(address, out var place) || place.Port == 0)
        {
            _lookUpFailure = $"'{address}' is no HOST:PORT"; // both kinds of sources are checked before
        }
        else if (IPAddress.TryParse(place.Host, out var literal))
        {
            _addresses = [new IPEndPoint(literal, place.Port)];
        }
        else
        {
            (HostName, Port) = (place.Host, place.Port);
        }
    }

    /// <summary>What the sidecar answers itself.</summary>
    /// <param name="service">The authority that it goes by.</param>
    /// <param name="server">Answers.</param>
    /// <param name="state">Load and latency.</param>
    public Endpoint(string service, LocalServer server, EndpointState state)
    {
        Service = service;
        Id = service;
        Address = Authority = "local";
        Name = "this sidecar";
        State = state;
        Local = server;
        IsSidecar = true; // it is spoken to in HTTP/2, whatever its caller speaks
        _addresses = [new IPEndPoint(IPAddress.Loopback, 0)]; // nobody connects to it
    }

    public string Service { get; }

    /// <summary>Who answers within the sidecar; null of all others.</summary>
    public LocalServer? Local { get; }

    /// <summary>The instance's id.</summary>
    public string Id { get; }

    /// <summary>HOST:PORT, or <c>unix:/PATH</c>.</summary>
    public string Address { get; }

    /// <summary>What requests of the sidecar's own name: HOST:PORT, or localhost where a Unix socket has none.</summary>
    public string Authority { get; }

    /// <summary>What people are told of it: the instance and its address or, of one without an id of its own, the address.</summary>
    public string Name { get; init; }

    /// <summary>Told, on any thread, when a connection to it is lost or does not come about, and why; null if nobody wants to know.</summary>
    public Action<string>? Suspected { get; set; }

    /// <summary>How the app beside us is spoken to; null of all others.</summary>
    public AppWire? App { get; init; }

    /// <summary>Load, latency and breaker.</summary>
    public EndpointState State { get; }

    /// <summary>A sidecar takes its calls, those of HTTP/1.1 over HTTP/2 too. Any thread.</summary>
    public bool IsSidecar
    {
        get => _isSidecar;
        set => _isSidecar = value;
    }

    /// <summary>
    /// Who must be there: it is called by mutual TLS. Null if it is called in clear. Where that changes, connections of before take no new
    /// streams. Any thread, one at a time.
    /// </summary>
    public SpiffeId? Identity
    {
        get => _identity;
        set
        {
            if (_identity != value)
            {
                _identity = value;
                TellConnections();
            }
        }
    }

    /// <summary>The name in <see cref="Address"/>; null if that is an IP address.</summary>
    public string? HostName { get; }

    /// <summary>Beside <see cref="HostName"/>.</summary>
    public int Port { get; }

    /// <summary>
    /// Where it can be connected to, the best first; empty while a host name is not, or cannot be, resolved. Replaced whole by
    /// <see cref="MoveTo"/>, never changed.
    /// </summary>
    public IReadOnlyList<EndPoint> Addresses => _addresses;

    /// <summary>The address that worked last or, until one has, the best; null if there is none.</summary>
    public EndPoint? Target => _proven ?? (_addresses is [var best, ..] ? best : null);

    /// <summary>A connection to one of the addresses came about: the next is tried there first. Any thread.</summary>
    public void Prove(EndPoint address)
    {
        if (!address.Equals(_proven) && _addresses.Contains(address))
        {
            _proven = address;
        }
    }

    /// <summary>
    /// It is to be found here from now on. Connections to addresses that are gone take no new streams and close when those they
    /// have are over. Any thread, one at a time.
    /// </summary>
    /// <param name="addresses">The best first. An empty list would leave new calls nowhere to go: who only fails to look a name up keeps the last good one.</param>
    public void MoveTo(IReadOnlyList<EndPoint> addresses)
    {
        if (_addresses.SequenceEqual(addresses))
        {
            return;
        }

        _addresses = [.. addresses];
        _lookUpFailure = null;
        if (_proven is { } proven && !_addresses.Contains(proven))
        {
            _proven = null;
        }

        TellConnections();
    }

    /// <summary>Why there is no address; null if there is one, or the name is being looked up for the first time.</summary>
    public string? LookUpFailure => _lookUpFailure;

    /// <summary>The name does not resolve, and never has: calls that wait for it are told. One thread at a time, as <see cref="MoveTo"/>.</summary>
    public void FailLookUp(string why)
    {
        if (_addresses.Length == 0 && _lookUpFailure != why)
        {
            _lookUpFailure = why;
            TellConnections();
        }
    }

    /// <summary>Called when it cannot be connected to, on any thread; null if its addresses are sure. Never waits.</summary>
    public Action? WhenUnreachable
    {
        get => _whenUnreachable;
        set => _whenUnreachable = value;
    }

    private void TellConnections()
    {
        // A loop first shows its connections and then reads the addresses; here it is the other way round. One of the two sees
        // the other's.
        Interlocked.MemoryBarrier();
        foreach (var connections in _connections)
        {
            connections?.PostMove();
        }
    }

    /// <summary>The connections of each loop, by the protocol and the loop's number; each is made and used by its loop only.</summary>
    public ref EndpointConnections? Connections(Protocol protocol, int worker) => ref _connections[((int)protocol * Workers.WorkerLoop.Most) + worker];

    /// <summary>All connections of one loop. On that loop.</summary>
    public IEnumerable<PooledConnection> ConnectionsOf(int worker) =>
        [.. Connections(Protocol.Http2, worker)?.All ?? [], .. Connections(Protocol.Http1, worker)?.All ?? []];
}
