using System.Numerics;

namespace Mesh.Resources.Rollouts;

/// <summary>
/// How times are told apart where they are counted to be merged: 8 steps for each doubling, as signals.proto has it. What is read off is within 7 %. Pure.
/// </summary>
public static class LatencyScale
{
    /// <summary>How many places there are: up to 2.4 hours.</summary>
    public const int Count = 256;

    private const int Steps = 8;
    private const int StepBits = 3;

    /// <summary>Where a time is counted.</summary>
    /// <param name="ticks">How long, in ticks of 100 ns.</param>
    public static int IndexOf(long ticks)
    {
        var micros = (ulong)Math.Max(0, ticks) / TimeSpan.TicksPerMicrosecond;
        if (micros < Steps)
        {
            return (int)micros;
        }

        var exponent = BitOperations.Log2(micros);
        var step = (int)(micros >> (exponent - StepBits)) & (Steps - 1);
        return Math.Min(Count - 1, ((exponent - StepBits + 1) * Steps) + step);
    }

    /// <summary>The middle of what is counted in one place.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public static TimeSpan Middle(int index)
    {
        if (index < Steps)
        {
            return TimeSpan.FromMicroseconds(index + 0.5);
        }

        var width = 1L << ((index / Steps) - 1);
        return TimeSpan.FromMicroseconds((width * (Steps + (index % Steps))) + (width / 2.0));
    }
}
