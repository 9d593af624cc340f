using Mesh.Conformance.Peer;
using Mesh.Wire.Buffers;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>What a loop holds for those who do not take it has a budget: beyond it peers are lent less (RFC 9113 sections 6.5.3 and 6.9.2).</summary>
public sealed class BudgetTests
{
    private const int Window = 4; // SETTINGS_INITIAL_WINDOW_SIZE
    private const uint Full = 256 * 1024;
    private const uint Tight = 16 * 1024;

    private static readonly WireOptions Options = new() { KeepAliveInterval = TimeSpan.Zero };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Beyond_the_budget_a_peer_is_lent_one_frame_a_stream_and_afterwards_as_much_as_before(bool server)
    {
        var peer = Begun(server, out var id);
        var held = Hold(peer);
        peer.Send(Frames.Data(id, 100));
        peer.Reads("SETTINGS");
        Assert.Equal(Tight, peer.SaidSettings[Window]);
        peer.Send(Frames.SettingsAck, Frames.Data(id, 100));
        peer.Reads();

        held.Clear();
        peer.Advance(10.1);
        peer.Send(Frames.Data(id, 100));
        peer.Reads("SETTINGS");
        Assert.Equal(Full, peer.SaidSettings[Window]);
        peer.GoesOn();
    }

    [Fact]
    public void A_stream_that_begins_is_preceded_by_the_settings()
    {
        var peer = ScriptedPeer.OfClient(Options);
        peer.Send(Frames.SettingsAck);
        Hold(peer);
        peer.Open();
        peer.Turn();
        peer.Reads("SETTINGS", "HEADERS 1 *");
    }

    /// <summary>.NET's client acknowledges while bytes for which it had credit are still on their way through it.</summary>
    [Fact]
    public void What_a_stream_was_lent_before_may_still_come_even_when_the_peer_has_acknowledged_and_no_more_than_that()
    {
        var peer = Begun(server: false, out var id);
        peer.App.ReturnsCredit = false;
        Hold(peer);
        peer.Send(Frames.Data(id, 16 * 1024));
        peer.Reads("SETTINGS");
        peer.Send(Frames.SettingsAck);
        for (var i = 0; i < 15; i++)
        {
            peer.Send(Frames.Data(id, 16 * 1024));
        }

        peer.GoesOn();
        peer.Send(Frames.Data(id, 1));
        peer.Reads($"RST_STREAM {id} FLOW_CONTROL_ERROR");
    }

    [Fact]
    public void A_stream_that_begins_when_the_peer_has_acknowledged_is_held_to_the_small_window()
    {
        var peer = Begun(server: true, out var id);
        peer.App.ReturnsCredit = false;
        Hold(peer);
        peer.Send(Frames.Data(id, 1));
        peer.Reads("SETTINGS");
        peer.Send(Frames.SettingsAck, Frames.Post(3), Frames.Data(3, (int)Tight, end: false));
        peer.GoesOn();
        peer.Send(Frames.Data(3, 1));
        peer.Reads("RST_STREAM 3 FLOW_CONTROL_ERROR");
    }

    [Fact]
    public void A_stream_that_is_taken_goes_on_with_small_windows()
    {
        var peer = Begun(server: false, out var id);
        Hold(peer);
        peer.Send(Frames.Data(id, 1), Frames.SettingsAck);
        peer.TakeFrames();
        var lent = (int)Tight - 1;
        for (var i = 0; i < 40; i++)
        {
            peer.Send(Frames.Data(id, 8 * 1024));
            lent -= 8 * 1024;
            lent += peer.TakeFrames().Where(f => f.StartsWith($"WINDOW_UPDATE {id} ", StringComparison.Ordinal)).Sum(f => int.Parse(f.Split(' ')[2]));
            Assert.InRange(lent, (8 * 1024) - 1, (int)Tight);
        }
    }

    [Fact]
    public void What_a_stream_has_taken_before_its_window_shrinks_is_lent_again_when_it_has()
    {
        var peer = Begun(server: false, out var id);
        for (var i = 0; i < 6; i++)
        {
            peer.Send(Frames.Data(id, 16 * 1024)); // less than half of the full window: nobody has been told
        }

        peer.Reads();
        var other = (uint)peer.Opened().Id;
        peer.Send(Frames.Ok(other));
        Hold(peer);
        peer.Send(Frames.Data(other, 1024));
        peer.Reads("SETTINGS");
        peer.Send(Frames.SettingsAck);
        // Otherwise its window stays below zero: with nothing coming in, nothing would ever be given back.
        peer.Reads($"WINDOW_UPDATE {id} {6 * 16 * 1024}");
    }

    [Fact]
    public void A_peer_that_does_not_acknowledge_is_told_once()
    {
        var peer = Begun(server: false, out var id);
        var held = Hold(peer);
        peer.Send(Frames.Data(id, 1));
        peer.Reads("SETTINGS");
        held.Clear();
        peer.Advance(10.1);
        peer.Send(Frames.Data(id, 1));
        peer.Reads();
        peer.Send(Frames.SettingsAck, Frames.Data(id, 1));
        peer.Reads("SETTINGS");
    }

    [Fact]
    public void A_peer_that_does_not_acknowledge_smaller_windows_is_held_to_one_window_of_the_connection()
    {
        var peer = ScriptedPeer.OfServer(Options with { StreamWindow = 65_536, ConnectionWindow = 500_000 });
        peer.Send(Frames.SettingsAck);
        peer.App.ReturnsCredit = false;
        Hold(peer);
        for (uint id = 1; !peer.Connection.IsStalled; id += 2)
        {
            peer.Send(Frames.Post(id), Frames.Data(id, Math.Min(16 * 1024, peer.Connection.State.Windows.ConnectionCredit.Left)));
        }

        Assert.InRange(peer.Connection.HeldBytes, 490_000, 500_000);
        peer.Send(Frames.SettingsAck);
        Assert.False(peer.Connection.IsStalled);
    }

    [Fact]
    public void An_acknowledgement_of_nothing_counts_as_a_frame_that_leads_nowhere()
    {
        var peer = ScriptedPeer.OfServer();
        peer.Send(11_000, Frames.SettingsAck);
        peer.Fails("ENHANCE_YOUR_CALM");
    }

    /// <summary>A connection whose first settings are acknowledged, with a stream whose data comes from the peer.</summary>
    private static ScriptedPeer Begun(bool server, out uint id)
    {
        var peer = ScriptedPeer.Of(server, Options);
        id = 1;
        peer.Send(Frames.SettingsAck);
        if (server)
        {
            peer.Send(Frames.Post(1));
        }
        else
        {
            peer.Opened();
            peer.Send(Frames.Ok(1));
        }

        peer.TakeFrames();
        return peer;
    }

    /// <summary>Somebody on the loop does not take what the budget allows, and more.</summary>
    private static ByteQueue Hold(ScriptedPeer peer)
    {
        peer.Loop.Segments.Budget = 1_000_000;
        var queue = new ByteQueue(peer.Loop.Segments);
        queue.Append(new byte[2_000_000]);
        return queue;
    }
}
