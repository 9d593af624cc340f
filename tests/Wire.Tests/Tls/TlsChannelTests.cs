using System.Security.Cryptography;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;

namespace Mesh.Wire.Tests.Tls;

/// <summary>What goes through a channel of TLS, in each library that there is.</summary>
public sealed class TlsChannelTests
{
    public static TheoryData<bool> Libraries => TlsLibrary.WhyManaged is null ? [false, true] : [true];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Both_learn_who_the_other_is_and_what_is_spoken(bool managed)
    {
        foreach (var protocol in new[] { Protocol.Http2, Protocol.Http1 })
        {
            var pair = new TlsPair(managed, protocol: protocol).Connect();
            Assert.Equal(["connected"], pair.ClientApp.Events);
            Assert.Equal("spiffe://mesh.test/service/users", pair.Client.PeerIdentity?.Text);
            Assert.Equal("spiffe://mesh.test/service/orders", pair.Server?.PeerIdentity?.Text);
            Assert.Equal("orders", pair.Server?.PeerIdentity?.Service);
            Assert.Equal(protocol, pair.ServerProtocol);
            Assert.Equal(protocol, pair.Client.Protocol);
            Assert.Equal(1, pair.ServerCounters[HandshakeResult.Success]);
            Assert.Equal(1, pair.ClientCounters[HandshakeResult.Success]);
            Assert.Equal(0, pair.Gate.UnderWay);
        }
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void What_one_says_the_other_hears(bool managed)
    {
        var pair = new TlsPair(managed).Connect();
        foreach (var length in new[] { 1, 100, 16_384, 16_385, 70_000, 1_000_000 })
        {
            var bytes = RandomNumberGenerator.GetBytes(length);
            pair.Say(pair.Client, bytes);
            Assert.True(bytes.AsSpan().SequenceEqual(pair.ServerApp.Bytes.ToArray()));
            pair.ServerApp.Bytes.Clear();
            pair.Say(pair.Server!, bytes);
            Assert.True(bytes.AsSpan().SequenceEqual(pair.ClientApp.Bytes.ToArray()));
            pair.ClientApp.Bytes.Clear();
        }

        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Bytes_that_come_one_by_one_say_the_same(bool managed)
    {
        var pair = new TlsPair(managed).Connect();
        var said = new ByteQueue(pair.Loop.Segments);
        said.Append("in small pieces"u8);
        pair.ClientEnd.Room = 0;
        Assert.Equal(WriteResult.Blocked, pair.Client.Write(said));
        for (var i = 0; i < 200; i++)
        {
            pair.ClientEnd.Room = 1;
            pair.ClientEnd.Flush();
            pair.Run();
        }

        Assert.Equal("in small pieces", pair.ServerApp.Text);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void What_the_socket_does_not_take_waits_where_its_writer_sees_it(bool managed)
    {
        var pair = new TlsPair(managed).Connect();
        var said = new ByteQueue(pair.Loop.Segments);
        said.Append(new byte[1_000_000]);
        pair.ClientEnd.Room = 0;
        Assert.Equal(WriteResult.Blocked, pair.Client.Write(said));
        Assert.InRange(said.Length, 800_000, 1_000_000);
        var left = said.Length;
        Assert.Equal(WriteResult.Blocked, pair.Client.Write(said));
        Assert.Equal(left, said.Length);

        pair.ClientEnd.Room = int.MaxValue;
        Assert.Equal(WriteResult.Done, pair.Client.Write(said));
        pair.Run();
        Assert.Equal(1_000_000, pair.ServerApp.Bytes.Count);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Who_does_not_read_is_told_nothing_until_it_does(bool managed)
    {
        var pair = new TlsPair(managed).Connect();
        pair.ServerApp.OnReceived = () => pair.Server!.PauseReading();
        pair.Say(pair.Client, new byte[300_000]);
        var heard = pair.ServerApp.Bytes.Count;
        Assert.InRange(heard, 1, ReadBlocks.Size);
        for (var i = 0; i < 20; i++)
        {
            pair.Server!.ResumeReading();
            pair.Run();
        }

        Assert.Equal(300_000, pair.ServerApp.Bytes.Count);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_last_word_is_told_as_an_end_and_a_cut_is_not(bool managed)
    {
        var orderly = new TlsPair(managed).Connect();
        orderly.ServerApp.StaysOpen = true;
        orderly.Client.ShutdownWrite();
        orderly.Run();
        Assert.Equal(["ended"], orderly.ServerApp.Events);
        orderly.Say(orderly.Server!, "still here"u8);
        Assert.Equal("still here", orderly.ClientApp.Text);
        orderly.Server!.Close();
        orderly.Run();
        Assert.Equal(["connected", "ended", "EndOfStream"], orderly.ClientApp.Events);

        var cut = new TlsPair(managed).Connect();
        cut.ServerApp.StaysOpen = true;
        cut.ClientEnd.ShutdownWrite();
        cut.Run();
        Assert.Equal(["EndOfStream"], cut.ServerApp.Events);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_handler_may_close_from_within_what_it_is_told(bool managed)
    {
        var pair = new TlsPair(managed).Connect();
        pair.ServerApp.OnReceived = () => pair.Server!.Close();
        pair.Say(pair.Client, new byte[100_000]);
        Assert.True(pair.Server!.IsClosed);
        Assert.InRange(pair.ServerApp.Bytes.Count, 1, ReadBlocks.Size);
        Assert.Equal(["connected", "ended", "EndOfStream"], pair.ClientApp.Events);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_new_identity_is_for_new_connections_and_drops_none(bool managed)
    {
        var pair = new TlsPair(managed).Connect();
        pair.Credentials.Current = TlsContext.Create(TlsPair.IdentityOf(TlsPair.Authority.Issue("users")), managed);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        pair.Say(pair.Client, "as before"u8);
        Assert.Equal("as before", pair.ServerApp.Text);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Connections_leave_nothing_behind(bool managed)
    {
        for (var i = 0; i < 20; i++)
        {
            var pair = new TlsPair(managed).Connect();
            pair.Say(pair.Client, new byte[10_000]);
            if (i % 2 == 0)
            {
                pair.Client.Cut();
            }
            else
            {
                pair.Server!.Close();
            }

            pair.Run();
            Assert.True(pair.Client.IsClosed);
            Assert.True(pair.Server!.IsClosed);
            Assert.Equal(0, pair.Loop.Segments.InUse);
        }
    }
}
