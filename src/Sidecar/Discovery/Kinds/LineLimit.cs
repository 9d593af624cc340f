
namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>
/// Warnings that a control plane can bring about as often as it likes: so many a minute, and then how many there would have been.
/// Any thread.
/// </summary>
internal sealed class LineLimit(Log log, TimeProvider time)
{
    /// <summary>More say no more.</summary>
    public const int Most = 20;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long? _since;
    private int _count;

    public void Warn(string line)
    {
        int left;
        bool isTold;
        lock (_gate)
        {
            left = 0;
            if (_since is not { } since || time.GetElapsedTime(since) >= Window)
            {
                left = Math.Max(0, _count - Most);
                _since = time.GetTimestamp();
                _count = 0;
            }

            isTold = ++_count <= Most;
        }

        if (left > 0)
        {
            log.Warn($"{left} more lines like the last ones were left out");
        }

        if (isTold)
        {
            log.Warn(line);
        }
    }
}
