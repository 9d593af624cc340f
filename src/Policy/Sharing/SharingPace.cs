namespace Mesh.Policy.Sharing;

/// <summary>How often those who share limits and who divides them speak. Pure.</summary>
public static class SharingPace
{
    // Of 1,000 messages a second either way, if all had something to say all the time.
    private static readonly TimeSpan PerSharer = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestValid = TimeSpan.FromSeconds(5);

    /// <summary>Between two words of one that shares limits, and between two divisions.</summary>
    /// <param name="sharers">How many there are.</param>
    public static TimeSpan Interval(int sharers)
    {
        var interval = sharers * PerSharer;
        return interval < Shortest ? Shortest : interval > Longest ? Longest : interval;
    }

    /// <summary>How long a grant holds that is not renewed.</summary>
    public static TimeSpan Valid(TimeSpan interval) => 4 * interval is var several && several > ShortestValid ? several : ShortestValid;

    /// <summary>Whether a need is to be told.</summary>
    /// <param name="wanted">In parts of the whole.</param>
    /// <param name="told">Last.</param>
    public static bool IsNews(double wanted, double told) => Math.Abs(Math.Min(1, wanted) - Math.Min(1, told)) > 0.002 + (0.02 * Math.Min(1, told));
}
