namespace Mesh.ControlPlane.Shares;

/// <summary>One answer that may wait to be read, among <see cref="ListPlaces"/>. Any thread.</summary>
/// <param name="all">Where it is one.</param>
/// <param name="connection">The caller's.</param>
/// <param name="giveUp">Ends the call.</param>
/// <param name="since">When it was taken, in the time of all.</param>
internal sealed class ListPlace(ListPlaces all, ConnectionShares connection, Action giveUp, long since) : IDisposable
{
    private ITimer? _limit;
    private int _isOver;

    public long Since => since;

    /// <summary>Belongs to <see cref="ListPlaces"/>.</summary>
    public LinkedListNode<ListPlace>? Node { get; set; }

    /// <summary>Ends the call, if it is not over.</summary>
    public void GiveUp()
    {
        if (Volatile.Read(ref _isOver) == 0)
        {
            giveUp();
        }
    }

    /// <summary>Has as long to be read.</summary>
    public void GiveUpAfter(TimeSpan limit, TimeProvider time) =>
        _limit = time.CreateTimer(static place => ((ListPlace)place!).GiveUp(), this, limit, Timeout.InfiniteTimeSpan);

    /// <summary>The call is over.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return;
        }

        _limit?.Dispose();
        all.Leave(this);
        connection.Lists.Release();
    }
}
