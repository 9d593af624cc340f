using System.Buffers.Text;
using Mesh.Policy.Calls;

namespace Mesh.Policy.Faults;

/// <summary>Which faults a call gets. Pure: what is left to chance comes with the call.</summary>
public static class FaultDecision
{
    private const int LongestMilliseconds = 3_600_000;

    /// <summary>How long a call is delayed, in ticks; 0 is not at all.</summary>
    /// <param name="options">The route's.</param>
    /// <param name="call">What its caller asks for goes before.</param>
    public static long DelayOf(FaultOptions options, CallFacts call)
    {
        if (options.ByHeader && call.TryGetHeader("x-mesh-fault-delay"u8, out var asked)
            && Utf8Parser.TryParse(asked, out uint milliseconds, out var used) && used == asked.Length && milliseconds <= LongestMilliseconds)
        {
            return milliseconds * TimeSpan.TicksPerMillisecond;
        }

        return options.Delay > TimeSpan.Zero && call.Random.Hits(options.DelayPercent) ? options.Delay.Ticks : 0;
    }

    /// <summary>Whether a call is answered here.</summary>
    /// <param name="options">The route's.</param>
    /// <param name="call">What its caller asks for goes before.</param>
    /// <param name="status">With what.</param>
    public static bool IsAborted(FaultOptions options, CallFacts call, out FaultStatus status)
    {
        if (options.ByHeader && call.TryGetHeader("x-mesh-fault-abort"u8, out var asked) && FaultStatus.TryParse(asked, out status))
        {
            return true;
        }

        status = options.Abort.GetValueOrDefault();
        return options.Abort is not null && call.Random.Hits(options.AbortPercent);
    }
}
