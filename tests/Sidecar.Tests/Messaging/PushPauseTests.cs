using Mesh.Sidecar.Push;

namespace Mesh.Sidecar.Tests.Messaging;

public sealed class PushPauseTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(9, 256)]
    [InlineData(10, 300)]
    [InlineData(1000, 300)]
    public void An_event_that_is_not_taken_waits_twice_as_long_each_time_up_to_five_minutes(uint attempt, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), PushPause.After(attempt));
}
