using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Changes messages of one queue or group. What it may have to know is loaded before it decides.</summary>
internal abstract class Change(long bytes) : Work(bytes)
{
    /// <summary>Entries that it is about.</summary>
    public IReadOnlyCollection<long> Ids { get; init; } = [];

    /// <summary>
    /// They are not ready: whoever else has them has only looked whether they are, and is waited for. Else one that somebody is about to claim is
    /// his, and left out.
    /// </summary>
    public bool WaitsForThem { get; init; }

    /// <summary>Keys of messages that it may add.</summary>
    public IReadOnlyCollection<string> Keys { get; init; } = [];

    /// <summary>Under which it may have been asked for before.</summary>
    public IReadOnlyCollection<string> SeenAs { get; init; } = [];

    /// <summary>How many messages it adds at most.</summary>
    public int Adds { get; init; }

    /// <summary>Notes on the sheet what is to become of the messages. Asked again on another sheet if the first came to nothing.</summary>
    public abstract void Decide(Sheet sheet);
}

/// <inheritdoc/>
internal sealed class Change<T>(Func<Sheet, Outcome<T>> decide, long bytes = 0) : Change(bytes)
{
    private readonly TaskCompletionSource<Outcome<T>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Outcome<T> _answer;

    public Task<Outcome<T>> Done => _done.Task;

    public override void Decide(Sheet sheet) => _answer = decide(sheet);

    public override void Answer() => _done.TrySetResult(_answer);

    public override void Refuse(Refusal why) => _done.TrySetResult(why);
}
