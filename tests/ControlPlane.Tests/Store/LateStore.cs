using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>A store in memory that answers late: what is appended is made and told, and its writer hears of it when the test says so.</summary>
internal sealed class LateStore(TimeProvider time) : IStore
{
    private readonly MemoryStore _store = new(time);

    /// <summary>What answers wait for; null: nothing.</summary>
    public Task? Answers { get; set; }

    public string? Fault => _store.Fault;

    public bool IsShared => _store.IsShared;

    public async Task<AppendResult> AppendAsync(Batch batch)
    {
        var result = await _store.AppendAsync(batch);
        await (Answers ?? Task.CompletedTask);
        return result;
    }

    public Task<StoreSnapshot> LoadAsync(CancellationToken cancellation) => _store.LoadAsync(cancellation);

    public Task<StoreEntry?> ReadAsync(string key, CancellationToken cancellation) => _store.ReadAsync(key, cancellation);

    public IDisposable Watch(string storeId, long after, Action<StoreEvent> onEvent) => _store.Watch(storeId, after, onEvent);

    public Task<StoreSession> OpenSessionAsync(string name, byte[] value, TimeSpan ttl, CancellationToken cancellation) =>
        _store.OpenSessionAsync(name, value, ttl, cancellation);

    public Task CompactAsync(long before) => _store.CompactAsync(before);

    public Task RetainAsync(Precondition token) => _store.RetainAsync(token);

    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
