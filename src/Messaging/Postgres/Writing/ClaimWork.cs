using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>A consumer asks for messages.</summary>
internal sealed class ClaimWork(Claim claim) : Work(0)
{
    private readonly TaskCompletionSource<Outcome<Claimed>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Claimed? _answer;

    public Claim Claim => claim;

    public Task<Outcome<Claimed>> Done => _done.Task;

    public void Give(Claimed claimed) => _answer = claimed;

    public override void Answer() => _done.TrySetResult(_answer!);

    public override void Refuse(Refusal why) => _done.TrySetResult(why);
}
