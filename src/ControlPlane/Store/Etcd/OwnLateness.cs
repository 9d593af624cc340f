namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// How late this process is itself: how long what has come from etcd may wait in the queue of the thread pool until it is seen, where thousands
/// speak to us at once. One measures; any thread asks.
/// </summary>
internal sealed class OwnLateness(TimeProvider time)
{
    private long _last;
    private long _began;

    /// <summary>As it was when it was measured last, or as long as the measurement that is under way takes, if that is more.</summary>
    public TimeSpan Now
    {
        get
        {
            var last = TimeSpan.FromTicks(Interlocked.Read(ref _last));
            var underWay = Interlocked.Read(ref _began) is not 0 and var began ? time.GetElapsedTime(began) : TimeSpan.Zero;
            return underWay > last ? underWay : last;
        }
    }

    /// <summary>Passes the queue as often as an answer does.</summary>
    public async Task MeasureAsync()
    {
        var began = time.GetTimestamp();
        Interlocked.Exchange(ref _began, began);
        for (var turn = 0; turn < AnswerLimit.Turns; turn++)
        {
            await Task.Yield();
        }

        Interlocked.Exchange(ref _last, time.GetElapsedTime(began).Ticks);
        Interlocked.Exchange(ref _began, 0);
    }
}
