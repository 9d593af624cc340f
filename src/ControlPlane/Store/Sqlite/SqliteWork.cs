namespace Mesh.ControlPlane.Store.Sqlite;

/// <summary>Something the store's writer is asked for.</summary>
internal abstract class SqliteWork
{
    /// <summary>What it holds while it waits.</summary>
    public virtual long Bytes => 0;

    public abstract void Fail(StoreException why);
}
