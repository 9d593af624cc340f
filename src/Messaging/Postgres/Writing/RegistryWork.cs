using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>A queue or group is made, configured or deleted.</summary>
internal sealed class RegistryWork(BacklogName name, Func<RegistrySheet, Outcome<Backlog>> decide) : Work(0)
{
    private readonly TaskCompletionSource<Outcome<Backlog>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Outcome<Backlog> _answer;

    public BacklogName Name => name;

    public Task<Outcome<Backlog>> Done => _done.Task;

    public void Decide(RegistrySheet sheet) => _answer = decide(sheet);

    public override void Answer() => _done.TrySetResult(_answer);

    public override void Refuse(Refusal why) => _done.TrySetResult(why);
}
