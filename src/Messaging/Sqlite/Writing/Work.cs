using Mesh.Messaging.Results;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>Something that the writer is asked for: run within a transaction that it shares with others, answered when that is on the disk.</summary>
internal abstract class Work(long bytes, bool grows)
{
    /// <summary>What it holds while it waits.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>It wants room on the disk, and is refused where there is none; what does not may still be done.</summary>
    public bool Grows { get; } = grows;

    /// <returns>Whether it is done; if not, it goes on in another transaction.</returns>
    public abstract bool Run(Turn turn);

    public abstract void Answer();

    public abstract void Refuse(Refusal why);
}

/// <inheritdoc/>
/// <param name="run">Gives the answer, or null if it has to go on.</param>
internal sealed class Work<T>(Func<Turn, Outcome<T>?> run, long bytes, bool grows) : Work(bytes, grows)
{
    private readonly TaskCompletionSource<Outcome<T>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Outcome<T> _answer;

    public Task<Outcome<T>> Done => _done.Task;

    public override bool Run(Turn turn)
    {
        if (run(turn) is not { } answer)
        {
            return false;
        }

        _answer = answer;
        return true;
    }

    public override void Answer() => _done.TrySetResult(_answer);

    public override void Refuse(Refusal why) => _done.TrySetResult(why);
}
