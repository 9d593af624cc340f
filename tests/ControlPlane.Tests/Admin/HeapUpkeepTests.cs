using Mesh.ControlPlane.Admin;

namespace Mesh.ControlPlane.Tests.Admin;

public sealed class HeapUpkeepTests
{
    [Theory]
    [InlineData(30, 0, 1000, 0, 600, false)] // little
    [InlineData(300, 0, 0, 10, 15, true)] // a burst
    [InlineData(310, 300, 0, 10, 600, false)] // an ordinary day
    [InlineData(360, 300, 0, 10, 600, false)] // an ordinary day of a large heap
    [InlineData(400, 300, 0, 10, 15, true)] // it has grown by a third
    [InlineData(300, 300, 1000, 0, 30, true)] // those who had it may have gone
    [InlineData(300, 300, 1000, 0, 15, false)] // but not so soon after a look in vain
    [InlineData(700, 700, 100, 10_000, 60, false)] // in a large mesh somebody always goes
    [InlineData(700, 700, 100, 10_000, 300, true)]
    [InlineData(700, 700, 0, 10_000, 3000, false)] // nobody has gone
    public void What_is_in_use_is_found_out_after_a_burst(
        long committedMegabytes, long lookedMegabytes, long left, long open, int seconds, bool isDue) =>
        Assert.Equal(
            isDue,
            new HeapLook(lookedMegabytes << 20, (lookedMegabytes - (lookedMegabytes / 10)) << 20, WasOfUse: false)
                .IsDueAgain(committedMegabytes << 20, left, open, TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void A_look_that_gave_much_back_is_followed_by_the_next_at_once() =>
        Assert.True(new HeapLook(300 << 20, 100 << 20, WasOfUse: true).IsDueAgain(300 << 20, left: 10, open: 10, TimeSpan.Zero));

    [Theory]
    [InlineData(300, 50, true)] // a burst has gone
    [InlineData(160, 90, true)] // what little there is is compacted quickly
    [InlineData(720, 420, false)] // five thousand sidecars at rest, whom it would stop for half a second
    [InlineData(60, 30, false)] // little
    public void The_heap_is_compacted_when_that_gives_much_back_for_a_short_pause(long committedMegabytes, long usedMegabytes, bool isDue) =>
        Assert.Equal(isDue, HeapUpkeep.IsDue(committedMegabytes << 20, usedMegabytes << 20));
}
