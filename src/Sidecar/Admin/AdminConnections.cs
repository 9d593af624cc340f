using Microsoft.AspNetCore.Connections;

namespace Mesh.Sidecar.Admin;

/// <summary>
/// The connections to the admin pages: so many at most, and the newest always gets in. Were it the newest that is turned away, a few
/// that are only held open would make a probe find the sidecar dead. Any thread.
/// </summary>
/// <param name="most">At least 1.</param>
internal sealed class AdminConnections(int most)
{
    private readonly Lock _gate = new();

    /// <summary>The oldest first.</summary>
    private readonly List<AdminConnection> _all = [];

    /// <summary>A new one; another goes for it where there are too many: the oldest without a request under way, or the oldest.</summary>
    public void Add(ConnectionContext context)
    {
        var added = new AdminConnection(context);
        AdminConnection? goes = null;
        lock (_gate)
        {
            if (_all.Count >= most)
            {
                goes = _all.Find(static connection => !connection.IsBusy) ?? _all[0];
                _all.Remove(goes);
            }

            _all.Add(added);
        }

        context.Features.Set(added);
        context.ConnectionClosed.UnsafeRegister(_ => Remove(added), null);
        goes?.Context.Abort(new ConnectionAbortedException("there are too many connections"));
    }

    private void Remove(AdminConnection connection)
    {
        lock (_gate)
        {
            _all.Remove(connection);
        }
    }
}

/// <summary>One of <see cref="AdminConnections"/>; a feature of its requests.</summary>
internal sealed class AdminConnection(ConnectionContext context)
{
    private volatile bool _isBusy;

    public ConnectionContext Context => context;

    /// <summary>A request is under way.</summary>
    public bool IsBusy
    {
        get => _isBusy;
        set => _isBusy = value;
    }
}
