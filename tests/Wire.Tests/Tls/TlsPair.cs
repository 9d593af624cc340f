using System.Net;
using System.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;
using static Mesh.TestAuthority;

namespace Mesh.Wire.Tests.Tls;

/// <summary>A client and a server of TLS at the ends of a pipe in memory, the server behind a port's choice of the protocol.</summary>
internal sealed class TlsPair
{
    public static readonly TestAuthority Authority = new();

    private static readonly TlsIdentity Users = IdentityOf(Authority.Issue("users"));
    private static readonly TlsIdentity Orders = IdentityOf(Authority.Issue("orders"));

    private readonly MemoryLoop _loop;
    private readonly List<Exception> _faults = [];

    public TlsPair(
        bool managed = false,
        TlsIdentity? server = null,
        TlsIdentity? client = null,
        PeerRule? clientsRule = null,
        Protocol protocol = Protocol.Http2,
        bool isStrict = true,
        HandshakeLimits? limits = null,
        bool isJoined = true)
    {
        SynchronizationContext.SetSynchronizationContext(null); // as on a loop's thread: what is awaited goes on where it is completed
        _loop = new MemoryLoop(Clock) { Fault = _faults.Add };
        Credentials.Current = TlsContext.Create(server ?? Users, managed);
        Gate = new HandshakeGate(_loop, limits ?? new HandshakeLimits(), ServerCounters);
        Entry = new TlsEntry(Credentials, isStrict, Gate, Clear);
        ServerEnd = new MemoryChannel(_loop);
        ClientEnd = new MemoryChannel(_loop);
        if (isJoined)
        {
            MemoryChannel.Join(ServerEnd, ClientEnd);
        }

        Listen(ServerEnd);
        _loop.Connector = _ => ClientEnd;
        Client = TlsChannel.Connect(
            _loop,
            new IPEndPoint(IPAddress.Loopback, 1),
            TlsContext.Create(client ?? Orders, managed),
            clientsRule ?? PeerRule.Of((server ?? Users).Id),
            protocol,
            ClientCounters);
        Client.Handler = ClientApp;
    }

    public FakeTimeProvider Clock { get; } = new();

    public TlsCredentials Credentials { get; } = new();

    public HandshakeGate Gate { get; }

    public TlsEntry Entry { get; }

    public HandshakeCounters ServerCounters { get; } = new();

    public HandshakeCounters ClientCounters { get; } = new();

    public ClearCounters Clear { get; } = new();

    public MemoryChannel ServerEnd { get; }

    public MemoryChannel ClientEnd { get; }

    public TlsChannel Client { get; }

    public TlsApp ClientApp { get; } = new();

    public TlsApp ServerApp { get; } = new();

    /// <summary>What the server's port has chosen; null until then.</summary>
    public Channel? Server { get; private set; }

    public Protocol? ServerProtocol { get; private set; }

    public MemoryLoop Loop => _loop;

    public static TlsIdentity IdentityOf((string Certificate, string Key) leaf, string? anchors = null) =>
        TlsIdentity.FromPem(leaf.Certificate, leaf.Key, anchors ?? Authority.Pem);

    public static TlsIdentity IdentityOf(TestLeaf leaf) => IdentityOf(Authority.Issue("orders", leaf: leaf));

    public void Listen(MemoryChannel channel) =>
        channel.Handler = new ProtocolChoice(
            channel,
            TimeSpan.FromSeconds(10),
            new ViolationCounters(),
            (chosen, protocol) =>
            {
                (Server, ServerProtocol) = (chosen, protocol);
                return ServerApp;
            },
            _ => { },
            Entry);

    /// <summary>The pipe is through: the handshake goes on until nobody has anything to say.</summary>
    public TlsPair Connect()
    {
        ((IChannelHandler)Client).OnConnected();
        Run();
        return this;
    }

    /// <summary>The same by turns that are counted.</summary>
    public int Run()
    {
        var turns = 0;
        do
        {
            _loop.Turn();
            turns++;
        }
        while (_loop.HasWork && turns < 10_000);
        Assert.Empty(_faults);
        return turns;
    }

    public void Pass(TimeSpan time)
    {
        Clock.Advance(time);
        Run();
    }

    /// <summary>Has one side say something, and the other hear it.</summary>
    public void Say(Channel channel, ReadOnlySpan<byte> bytes)
    {
        var output = new ByteQueue(_loop.Segments);
        output.Append(bytes);
        Assert.Equal(WriteResult.Done, channel.Write(output));
        Run();
    }

    internal sealed class TlsApp : IChannelHandler
    {
        public List<byte> Bytes { get; } = [];

        public string Text => Encoding.Latin1.GetString([.. Bytes]);

        public List<string> Events { get; } = [];

        public bool StaysOpen { get; set; }

        public Action? OnReceived { get; set; }

        public void OnConnected() => Events.Add("connected");

        public void OnBytes(ReadOnlySpan<byte> bytes)
        {
            Bytes.AddRange(bytes);
            OnReceived?.Invoke();
        }

        public void OnFlush()
        {
        }

        public bool OnPeerEnded()
        {
            Events.Add("ended");
            return StaysOpen;
        }

        public void OnClosed(ChannelEnd end) => Events.Add(end.ToString());
    }
}
