namespace Mesh.Sidecar.Overload;

/// <summary>Tells the end of a trouble from a pause in it.</summary>
internal sealed class Episode(TimeProvider time)
{
    /// <summary>What has not come again for so long is over.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);

    private long _last;

    /// <summary>There was trouble, and has been none for <see cref="Quiet"/>.</summary>
    /// <param name="isTrouble">There is some now, or was since the last time.</param>
    public bool IsOver(bool isTrouble)
    {
        if (isTrouble || _last == 0)
        {
            _last = time.GetTimestamp();
        }

        return !isTrouble && time.GetElapsedTime(_last) >= Quiet;
    }
}
