using System.Net;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Pairs;

/// <summary>Both roles on one loop, talking to each other through memory.</summary>
internal sealed class JoinedPair
{
    public JoinedPair(IConnectionHandler client, IConnectionHandler server, WireOptions options)
    {
        Loop = new MemoryLoop(Clock) { Fault = e => Faults.Add(e) };
        ClientChannel = new MemoryChannel(Loop);
        ServerChannel = new MemoryChannel(Loop);
        MemoryChannel.Join(ClientChannel, ServerChannel);
        Loop.Connector = _ => ClientChannel;
        Server = Http2Connection.Accept(ServerChannel, server, options, Violations);
        Client = Http2Connection.Connect(Loop, new IPEndPoint(IPAddress.Loopback, 1), client, options, Violations);
        ClientChannel.Handler.OnConnected();
        Turn(5);
    }

    public FakeTimeProvider Clock { get; } = new();

    public MemoryLoop Loop { get; }

    public MemoryChannel ClientChannel { get; }

    public MemoryChannel ServerChannel { get; }

    public Http2Connection Client { get; }

    public Http2Connection Server { get; }

    public ViolationCounters Violations { get; } = new();

    public List<Exception> Faults { get; } = [];

    public void Turn(int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            Loop.Turn();
        }
    }
}
