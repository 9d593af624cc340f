using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Events for the log, all or none.</summary>
internal sealed class AppendWork(IReadOnlyList<Message> events, long bytes) : Work(bytes)
{
    private readonly TaskCompletionSource<Outcome<IReadOnlyList<AppendedEvent>>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<Message> Events => events;

    public Task<Outcome<IReadOnlyList<AppendedEvent>>> Done => _done.Task;

    /// <summary>What is answered when the transaction is on the disk.</summary>
    public Outcome<IReadOnlyList<AppendedEvent>> Result { get; set; }

    public override void Answer() => _done.TrySetResult(Result);

    public override void Refuse(Refusal why) => _done.TrySetResult(why);
}
