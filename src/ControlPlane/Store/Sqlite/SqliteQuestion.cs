namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>Whatever else is to be done by the one who has the file, by itself.</summary>
internal abstract class SqliteQuestion : SqliteWork
{
    public abstract void Run();
}

/// <inheritdoc/>
internal sealed class SqliteQuestion<T>(Func<T> question) : SqliteQuestion
{
    public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override void Run() => Done.TrySetResult(question());

    public override void Fail(StoreException why) => Done.TrySetException(why);
}
