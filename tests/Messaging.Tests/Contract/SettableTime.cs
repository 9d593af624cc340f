using Microsoft.Extensions.Time.Testing;

namespace Mesh.Messaging.Tests.Contract;

/// <summary>Time that a test advances, and a clock on the wall that it can set to another time without any having passed.</summary>
public sealed class SettableTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private TimeSpan _ahead;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public void SetClock(TimeSpan ahead) => _ahead = ahead;
}
