using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// One loop's connections to one endpoint, with those on their way, and what is to be known of them together. A handful, looked
/// through one by one. Part of <see cref="EndpointConnections"/>.
/// </summary>
/// <param name="isExclusive">Each carries one stream at a time: there may be many, and those that are free are known.</param>
internal sealed class ConnectionSet(bool isExclusive)
{
    private readonly List<PooledConnection> _all = [];

    /// <summary>Of exclusive ones, those without a stream, the last used last; some may have died since.</summary>
    private readonly List<PooledConnection> _free = [];

    public IReadOnlyList<PooledConnection> All => _all;

    public int Count => _all.Count;

    /// <summary>A connection is on its way.</summary>
    public bool HasComing => Coming > 0;

    /// <summary>Connections on their way.</summary>
    public int Coming
    {
        get
        {
            var count = 0;
            foreach (var pooled in _all)
            {
                count += !pooled.Connection.IsReady && !pooled.Connection.IsUsedUp ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>One of them has come about, and lives.</summary>
    public bool HasReady
    {
        get
        {
            foreach (var pooled in _all)
            {
                if (pooled.Connection.IsReady)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The server has said of one that it takes no streams: another would not serve those that wait either.</summary>
    public bool HasFull
    {
        get
        {
            foreach (var pooled in _all)
            {
                if (pooled.Connection is { IsReady: true, IsUsedUp: false, MaxStreams: 0 })
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>None of them will ever take another stream.</summary>
    public bool IsUsedUp => !_all.Exists(static pooled => !pooled.Connection.IsUsedUp);

    public void Add(PooledConnection pooled) => _all.Add(pooled);

    public void Remove(PooledConnection pooled)
    {
        _all.Remove(pooled);
        if (pooled.IsKnownFree)
        {
            _free.Remove(pooled);
        }
    }

    /// <summary>It may take a stream now.</summary>
    public void OnCapacity(PooledConnection pooled)
    {
        if (isExclusive && pooled is { IsKnownFree: false, Connection.CanOpen: true })
        {
            pooled.IsKnownFree = true;
            _free.Add(pooled);
        }
    }

    /// <summary>One that takes a stream now.</summary>
    /// <param name="evenStalled">Even if what it carries would wait.</param>
    public MessageConnection? FindFree(bool evenStalled = false)
    {
        if (isExclusive)
        {
            return TakeFree();
        }

        foreach (var pooled in _all)
        {
            if (HasRoom(pooled.Connection) && (evenStalled || !pooled.Connection.IsStalled))
            {
                return pooled.Connection;
            }
        }

        return null;
    }

    /// <summary>The last used is the surest to live, and those that are not needed come of age.</summary>
    private MessageConnection? TakeFree()
    {
        while (_free.Count > 0)
        {
            var pooled = _free[^1];
            _free.RemoveAt(_free.Count - 1);
            pooled.IsKnownFree = false;
            if (HasRoom(pooled.Connection))
            {
                return pooled.Connection;
            }
        }

        return null;
    }

    /// <summary>
    /// Nothing goes out before the peer's settings are in. They tell how many streams it takes, and what it refuses above
    /// that would fail; and a connection that does not come about has then provably processed nothing.
    /// </summary>
    private static bool HasRoom(MessageConnection connection) => connection is { IsReady: true, CanOpen: true };
}
