using Mesh.ControlPlane.Admin;

namespace Mesh.ControlPlane.Tests.Admin;

public sealed class HeapUpkeepTests
{
    [Theory]
    [InlineData(60, 0, false)] // little
    [InlineData(300, 0, true)] // a burst, not collected yet
    [InlineData(120, 100, false)] // about as much as is needed
    [InlineData(151, 100, true)] // another burst
    public void The_heap_is_collected_when_that_gives_much_back(long committedMegabytes, long keptMegabytes, bool isDue) =>
        Assert.Equal(isDue, HeapUpkeep.IsDue(committedMegabytes << 20, keptMegabytes << 20));
}
