using Microsoft.Extensions.Time.Testing;

namespace Mesh.Hosting.Tests.Logging;

public sealed class RareLineTests
{
    [Fact]
    public void The_first_is_due_at_once_and_a_later_one_says_how_many_were_left_out()
    {
        var time = new FakeTimeProvider();
        var line = new RareLine(time, TimeSpan.FromMinutes(1));
        Assert.True(line.IsDue(out var more));
        Assert.Equal("", more);
        for (var i = 0; i < 1000; i++)
        {
            Assert.False(line.IsDue(out _));
        }

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(line.IsDue(out more));
        Assert.Equal(" (and 1000 more since the last such line)", more);
        Assert.False(line.IsDue(out _));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(line.IsDue(out more));
        Assert.Equal(" (and 1 more since the last such line)", more);
    }
}
