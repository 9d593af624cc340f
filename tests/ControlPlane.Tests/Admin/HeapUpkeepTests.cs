using Mesh.ControlPlane.Admin;

namespace Mesh.ControlPlane.Tests.Admin;

public sealed class HeapUpkeepTests
{
    [Theory]
    [InlineData(30, 0, true, false)] // little
    [InlineData(300, 0, false, true)] // a burst
    [InlineData(310, 300, false, false)] // an ordinary day
    [InlineData(300, 300, true, true)] // those who had it may have gone
    public void What_is_in_use_is_found_out_after_a_burst(long committedMegabytes, long lookedMegabytes, bool isLeft, bool isDue) =>
        Assert.Equal(isDue, HeapUpkeep.IsToBeLookedAt(committedMegabytes << 20, lookedMegabytes << 20, isLeft));

    [Theory]
    [InlineData(300, 50, true)] // a burst has gone
    [InlineData(160, 90, true)] // what little there is is compacted quickly
    [InlineData(720, 420, false)] // five thousand sidecars at rest, whom it would stop for half a second
    [InlineData(60, 30, false)] // little
    public void The_heap_is_compacted_when_that_gives_much_back_for_a_short_pause(long committedMegabytes, long usedMegabytes, bool isDue) =>
        Assert.Equal(isDue, HeapUpkeep.IsDue(committedMegabytes << 20, usedMegabytes << 20));
}
