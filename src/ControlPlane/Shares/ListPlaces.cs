namespace Mesh.ControlPlane.Shares;

/// <summary>
/// How many answers of up to 1 MiB may wait at once to be read: <see cref="ConnectionShares.MostLists"/> a connection, whose further
/// ones wait for those, and <see cref="Most"/> in all. Where all are taken, the one that has waited longest is given up for a new
/// one, if it had its time. Any thread.
/// </summary>
internal sealed class ListPlaces(TimeProvider time)
{
    public const int Most = 64;

    // Whoever reads at all has read a page by then.
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<ListPlace> _taken = new();

    /// <summary>How many are taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _taken.Count;
            }
        }
    }

    /// <summary>Takes a place, to be given back by disposing it once the answer is read, or given up.</summary>
    /// <param name="connection">The caller's.</param>
    /// <param name="giveUp">Ends the call, without an answer. Any thread.</param>
    /// <param name="cancellation">Of the wait.</param>
    /// <returns>Null if all are taken by those who came just now.</returns>
    public async ValueTask<ListPlace?> EnterAsync(ConnectionShares connection, Action giveUp, CancellationToken cancellation)
    {
        await connection.Lists.WaitAsync(cancellation);
        var place = new ListPlace(this, connection, giveUp, time.GetTimestamp());
        ListPlace? oldest = null;
        lock (_lock)
        {
            if (_taken.Count >= Most)
            {
                oldest = _taken.First!.Value;
                if (time.GetElapsedTime(oldest.Since) < Least)
                {
                    connection.Lists.Release();
                    return null;
                }

                _taken.RemoveFirst();
            }

            place.Node = _taken.AddLast(place);
        }

        oldest?.GiveUp();
        place.GiveUpAfter(Longest, time);
        return place;
    }

    internal void Leave(ListPlace place)
    {
        lock (_lock)
        {
            if (place.Node?.List is not null)
            {
                _taken.Remove(place.Node);
            }
        }
    }
}
