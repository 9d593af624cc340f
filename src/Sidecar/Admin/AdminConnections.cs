using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Admin;

/// <summary>
/// The connections to the admin pages: so many at most, and the newest always gets in. Were it the newest that is turned away, a few
/// that are only held open would make a probe find the sidecar dead. And what their answers hold is bounded, in the same way: whoever
/// has taken nothing for longest goes. On the loop of the admin pages only.
/// </summary>
/// <param name="loop">Of the admin pages.</param>
/// <param name="most">At least 1.</param>
/// <param name="mostHeld">Bytes of answers that nobody has taken yet; one answer may be larger.</param>
internal sealed class AdminConnections(EventLoop loop, int most, long mostHeld)
{
    /// <summary>The oldest first. Each is here until its descriptor is free, at least.</summary>
    private readonly List<AdminConnection> _all = [];

    private TaskCompletionSource? _over;
    private long _held;

    /// <summary>A new one; another goes for it where there are too many: one that is over, or the oldest without a request under way, or the oldest.</summary>
    public void Add(AdminConnection added)
    {
        // One that is over lingers until its peer has read its last words, and nobody tells of the end of that.
        _all.RemoveAll(static connection => connection.IsGone);
        if (_all.Count >= most)
        {
            var goes = _all.Find(static connection => connection.IsOver) ?? _all.Find(static connection => !connection.IsBusy) ?? _all[0];
            _all.Remove(goes);
            goes.Close("there are too many connections");
        }

        _all.Add(added);
    }

    /// <summary>An answer is on its way; others go for it where they hold too much.</summary>
    public void Hold(AdminConnection holder, long bytes)
    {
        Change(holder, bytes);
        while (_held > mostHeld && FindSlowest(holder) is { } slowest)
        {
            _all.Remove(slowest);
            slowest.Close("it does not read its answer, and another needs the memory");
        }
    }

    /// <summary>So many bytes of an answer are taken, or for nobody any more.</summary>
    public void Release(AdminConnection holder, long bytes) => Change(holder, -bytes);

    /// <summary>Nothing more is asked on any of them; requests under way get their answers.</summary>
    /// <returns>Completes when there is none left.</returns>
    public Task GoAwayAsync()
    {
        _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var connection in _all.ToArray())
        {
            connection.GoAway();
        }

        OnOver();
        return _over.Task;
    }

    /// <summary>One of them is over.</summary>
    public void OnOver()
    {
        if (_all.TrueForAll(static connection => connection.IsOver))
        {
            _over?.TrySetResult();
        }
    }

    private void Change(AdminConnection holder, long bytes)
    {
        holder.Held += bytes;
        holder.TakenAt = loop.Now;
        _held += bytes;
    }

    private AdminConnection? FindSlowest(AdminConnection newest)
    {
        AdminConnection? slowest = null;
        foreach (var connection in _all)
        {
            if (connection.Held > 0 && connection != newest && (slowest is null || connection.TakenAt < slowest.TakenAt))
            {
                slowest = connection;
            }
        }

        return slowest;
    }
}
