namespace Mesh.Sidecar.Push;

/// <summary>How long an event waits that the app has not taken.</summary>
internal static class PushPause
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <param name="attempt">The one that failed, from 1.</param>
    public static TimeSpan After(uint attempt)
    {
        // 2^9 s are above the longest.
        var pause = First * (1L << (int)Math.Min(attempt - 1, 9));
        return pause < Longest ? pause : Longest;
    }
}
