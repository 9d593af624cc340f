namespace Mesh.ControlPlane.Admin;

/// <summary>What was found out when it was last looked how much of the heap is in use, and when that is to be found out again.</summary>
/// <param name="Committed">What the heap took from the system, in bytes.</param>
/// <param name="Used">What of it was in use.</param>
/// <param name="WasOfUse">Much was given back.</param>
internal readonly record struct HeapLook(long Committed, long Used, bool WasOfUse)
{
    /// <summary>A heap that takes so much is left alone.</summary>
    public const long Little = 32 * 1024 * 1024;

    // What an ordinary day makes of a heap is not looked at.
    private const long Growth = 16 * 1024 * 1024;

    // To look takes a second for each gigabyte in use, if beside the work: after one in vain a hundred times as long goes by.
    private const long BytesPerSecond = 10 * 1024 * 1024;

    private static readonly TimeSpan LongPause = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Whether it is worth finding out: the heap has grown much, or many have gone of those who may have had something. In a large
    /// mesh somebody always goes; that is looked at now and then.
    /// </summary>
    /// <param name="committed">What the heap takes from the system now.</param>
    /// <param name="left">Streams that have ended since.</param>
    /// <param name="open">Streams there are.</param>
    /// <param name="elapsed">Since this look.</param>
    public bool IsDueAgain(long committed, long left, long open, TimeSpan elapsed)
    {
        if (committed <= Little)
        {
            return false;
        }

        if (committed - Committed > Math.Max(Growth, Committed / 4))
        {
            return true;
        }

        return left > open / 10
            ? WasOfUse || elapsed >= TimeSpan.FromSeconds(Used / BytesPerSecond)
            : left > 0 && elapsed >= LongPause;
    }
}
