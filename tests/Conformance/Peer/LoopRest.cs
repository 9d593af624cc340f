using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Conformance.Peer;

/// <summary>What becomes of a loop that is left alone.</summary>
internal static class LoopRest
{
    /// <summary>
    /// Lets time pass until the loop waits for nothing any more: a connection's timer is set again only when it fires, and what a
    /// burst took is given back bit by bit.
    /// </summary>
    public static void AssertComesToRest(this MemoryLoop loop, FakeTimeProvider clock)
    {
        for (var i = 0; i < 200 && loop.Timers.MillisecondsUntilNext(loop.Now) >= 0; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            loop.Turn();
        }

        Assert.Equal(-1, loop.Timers.MillisecondsUntilNext(loop.Now));
    }
}
