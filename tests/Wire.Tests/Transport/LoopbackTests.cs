using Mesh.Wire.Buffers;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Loopback;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Transport;

/// <summary>Two handlers on one loop speak over a pipe as over a socket: in order, bounded, and each end ends the other.</summary>
public sealed class LoopbackTests
{
    private readonly MemoryLoop _loop = new(TimeProvider.System);
    private readonly LoopbackChannel _near;
    private readonly LoopbackChannel _far;
    private readonly End _one;
    private readonly End _other;

    public LoopbackTests()
    {
        (_near, _far) = LoopbackChannel.Pair(_loop);
        _near.Handler = _one = new End(_near);
        _far.Handler = _other = new End(_far);
        _loop.Turn();
    }

    [Fact]
    public void What_is_written_is_read_at_the_other_end_in_order()
    {
        Assert.True(_one.IsConnected);
        byte[] said = [.. Enumerable.Range(0, 200_000).Select(i => (byte)(i * 31))];
        _one.Say(said);
        _other.Say("hello"u8.ToArray());
        Turn();
        Assert.Equal(said, _other.Read);
        Assert.Equal("hello"u8.ToArray(), _one.Read);
        AssertNothingHeld();
    }

    [Fact]
    public void An_end_that_does_not_read_holds_the_other_back_and_nothing_is_lost()
    {
        _far.PauseReading();
        byte[] said = [.. Enumerable.Range(0, 1_000_000).Select(i => (byte)(i * 7))];
        _one.Say(said);
        Turn();
        Assert.Empty(_other.Read);
        Assert.InRange(_one.Unwritten, 1_000_000 - (256 * 1024), 999_999);
        _far.ResumeReading();
        Turn();
        Assert.Equal(said, _other.Read);
        AssertNothingHeld();
    }

    [Fact]
    public void Who_closes_is_told_nothing_and_the_other_reads_all_and_then_the_end()
    {
        _one.Say([1, 2, 3]);
        _near.Close();
        Turn();
        Assert.Equal([1, 2, 3], _other.Read);
        Assert.Equal((null, (ChannelEnd?)ChannelEnd.EndOfStream), (_one.Ended, _other.Ended));
        _other.Say([4]);
        Turn();
        AssertNothingHeld();
    }

    [Fact]
    public void Who_cuts_ends_the_other_with_a_reset()
    {
        _one.Say([1, 2, 3]);
        _near.Cut();
        Turn();
        Assert.Equal((null, (ChannelEnd?)ChannelEnd.Reset), (_one.Ended, _other.Ended));
        AssertNothingHeld();
    }

    [Fact]
    public void A_half_that_is_shut_leaves_the_other_half_open()
    {
        _other.StaysWhenPeerEnds = true;
        _one.Say([1]);
        _near.ShutdownWrite();
        Turn();
        Assert.Equal([1], _other.Read);
        _other.Say([2]);
        Turn();
        Assert.Equal([2], _one.Read);
        Assert.Null(_one.Ended);
        _far.Close();
        Turn();
        Assert.Equal(ChannelEnd.EndOfStream, _one.Ended);
        AssertNothingHeld();
    }

    private void Turn()
    {
        for (var i = 0; i < 20; i++)
        {
            _loop.Turn();
        }
    }

    private void AssertNothingHeld() => Assert.Equal(0, _loop.Segments.InUse);

    private sealed class End(Channel channel) : IChannelHandler
    {
        private readonly ByteQueue _output = new(channel.Loop.Segments);

        public List<byte> Read { get; } = [];

        public bool IsConnected { get; private set; }

        public ChannelEnd? Ended { get; private set; }

        public bool StaysWhenPeerEnds { get; set; }

        public int Unwritten => _output.Length;

        public void Say(byte[] bytes)
        {
            _output.Append(bytes);
            OnFlush();
        }

        public void OnConnected() => IsConnected = true;

        public void OnBytes(ReadOnlySpan<byte> bytes) => Read.AddRange(bytes);

        public void OnFlush()
        {
            if (channel.Write(_output) == WriteResult.Failed)
            {
                _output.Clear();
            }
        }

        public bool OnPeerEnded() => StaysWhenPeerEnds;

        public void OnClosed(ChannelEnd end) => Ended = end;
    }
}
