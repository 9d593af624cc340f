using System.Text;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Tls;

/// <summary>What those may cost who have not proven who they are, and a strict port.</summary>
public sealed class HandshakeBoundsTests
{
    [OpenSslFact]
    public void A_slow_handshake_has_the_time_of_the_first_bytes_and_no_more()
    {
        var pair = new TlsPair();
        var end = Hello(pair);
        pair.Run();
        Assert.Equal(1, pair.Gate.UnderWay);
        pair.Pass(TimeSpan.FromSeconds(9.9));
        Assert.False(end.IsClosed);
        pair.Pass(TimeSpan.FromSeconds(0.2));
        Assert.True(end.IsClosed);
        Assert.Equal(0, pair.Gate.UnderWay);
        Assert.Equal(1, pair.ServerCounters[HandshakeResult.HandshakeTimeout]);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    [OpenSslFact]
    public void No_more_are_under_way_than_may_be()
    {
        var pair = new TlsPair(limits: new HandshakeLimits { MostUnderWay = 3 });
        var ends = Enumerable.Range(0, 5).Select(_ => Hello(pair)).ToList();
        pair.Run();
        Assert.Equal(2, ends.Count(end => end.IsClosed));
        Assert.Equal(3, pair.Gate.UnderWay);
        Assert.Equal(2, pair.ServerCounters[HandshakeResult.TooMany]);
        pair.Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(0, pair.Gate.UnderWay);

        _ = new ForeignClient(pair).Shake(ForeignClient.Options(TlsPair.Authority.Issue("orders")));
        Assert.NotNull(pair.Server); // there is room again
    }

    [OpenSslFact]
    public void No_more_of_an_address_are_under_way_than_may_be()
    {
        var counters = new HandshakeCounters();
        var gate = new HandshakeGate(new TlsPair(managed: true).Loop, new HandshakeLimits { MostOfSource = 2 }, counters);
        HandshakeResult? enter(string source) => gate.TryEnter(System.Net.IPAddress.Parse(source));
        Assert.Null(enter("10.0.0.1"));
        Assert.Null(enter("10.0.0.1"));
        Assert.Equal(HandshakeResult.TooManyOfSource, enter("10.0.0.1"));
        Assert.Null(enter("10.0.0.2"));
        Assert.Null(enter("2001:db8::1"));
        Assert.Null(enter("2001:db8::2"));
        Assert.Equal(HandshakeResult.TooManyOfSource, enter("2001:db8::3")); // a network has as many addresses as it likes
        Assert.Null(enter("2001:db8:0:1::1"));
        Assert.Equal(2, counters[HandshakeResult.TooManyOfSource]);
        gate.Leave(System.Net.IPAddress.Parse("10.0.0.1"));
        Assert.Null(enter("10.0.0.1"));
        Assert.Equal(6, gate.UnderWay);
    }

    /// <summary>Each costs as much as a hundred calls: the loop turns in between, and makes the calls there are.</summary>
    [OpenSslFact]
    public void A_storm_of_handshakes_makes_one_step_a_turn()
    {
        var pair = new TlsPair();
        var ends = Enumerable.Range(0, 20).Select(_ => Hello(pair)).ToList();
        var steps = ends.Count(end => end.TakeWritten().Length > 0);
        Assert.Equal(1, steps);
        for (var turns = 0; turns < 40; turns++)
        {
            pair.Loop.Turn();
            var made = ends.Count(end => end.TakeWritten().Length > 0);
            Assert.InRange(made, 0, 1);
            steps += made;
        }

        Assert.Equal(20, steps);
        Assert.Equal(20, pair.Gate.UnderWay);
        foreach (var end in ends.Take(10))
        {
            end.End(Wire.Transport.ChannelEnd.Reset);
        }

        pair.Run();
        Assert.Equal(10, pair.Gate.UnderWay);
        Assert.Equal(10, pair.ServerCounters[HandshakeResult.PeerConnectionClosed]);
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Protocol.Http2)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Protocol.Http1)]
    [InlineData("hello\r\n", Protocol.Http1)]
    public void A_strict_port_takes_nothing_in_clear_and_says_so(string first, Protocol protocol)
    {
        var pair = new TlsPair(managed: true);
        var end = new MemoryChannel(pair.Loop);
        pair.Listen(end);
        end.Receive(Encoding.ASCII.GetBytes(first));
        pair.Run();
        Assert.Null(pair.Server);
        Assert.True(end.IsShutdown);
        Assert.Contains("mutual TLS only", Encoding.ASCII.GetString(end.TakeWritten()), StringComparison.Ordinal);
        Assert.Equal(1, pair.Clear.Refused(protocol));
        end.Receive("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8);
        Assert.Null(pair.Server);
        pair.Pass(TimeSpan.FromSeconds(2));
        Assert.True(end.IsClosed);
    }

    [Theory]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Protocol.Http2)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Protocol.Http1)]
    public void A_permissive_port_takes_both_and_counts_which(string first, Protocol protocol)
    {
        var pair = new TlsPair(managed: true, isStrict: false);
        var end = new MemoryChannel(pair.Loop);
        pair.Listen(end);
        end.Receive(Encoding.ASCII.GetBytes(first));
        Assert.Equal(protocol, pair.ServerProtocol);
        Assert.Null(pair.Server!.PeerIdentity);
        Assert.Equal(first, pair.ServerApp.Text);
        Assert.Equal(1, pair.Clear.Taken(protocol));

        pair.Connect();
        Assert.NotNull(pair.Server!.PeerIdentity);
        Assert.Equal(1, pair.Clear.Taken(protocol));
    }

    private static MemoryChannel Hello(TlsPair pair)
    {
        var end = new MemoryChannel(pair.Loop);
        pair.Listen(end);
        end.Receive(new ForeignClient(pair).Hello(ForeignClient.Options(null)));
        return end;
    }
}
