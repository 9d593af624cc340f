using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Sqlite.Tables;
using Mesh.Messaging.State;

namespace Mesh.Messaging.Sqlite.State;

/// <summary>A queue or group in memory. The writer's; others read <see cref="Backlog"/>, <see cref="IsWorthAClaim"/> and wait.</summary>
internal sealed class BacklogState(long id, Backlog backlog)
{
    private volatile Backlog _backlog = backlog;
    private volatile bool _isWorthAClaim = true;
    private Counters _kept;

    /// <summary>As they are with what the present transaction does.</summary>
    public Counters Now;

    public long Id { get; } = id;

    public bool IsDeleted { get; set; }

    public Signal Ready { get; } = new();

    public bool IsWorthAClaim => _isWorthAClaim || IsDeleted;

    public Backlog Backlog
    {
        get => _backlog;
        set => _backlog = value;
    }

    public BacklogName Name => _backlog.Name;

    public DeliveryRules Rules => BacklogTable.RulesOf(_backlog);

    public EventFilter? Filter => _backlog.Group?.Filter;

    /// <summary>What the transaction did is done.</summary>
    public void Keep()
    {
        _kept = Now;
        _isWorthAClaim = Now[Phase.Ready] > 0 || Now.HasMore;
    }

    /// <summary>The transaction came to nothing.</summary>
    public void Undo() => Now = _kept;
}
