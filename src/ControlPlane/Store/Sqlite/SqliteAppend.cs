namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>A batch that is to be made, with others that wait.</summary>
internal sealed class SqliteAppend(Batch batch) : SqliteWork
{
    public Batch Batch { get; } = batch;

    public TaskCompletionSource<AppendResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override long Bytes { get; } = RevisionLog.BytesOf(batch.Changes);

    public override void Fail(StoreException why) => Done.TrySetException(why);
}
