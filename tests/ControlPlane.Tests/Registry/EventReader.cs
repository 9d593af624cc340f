using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>Reads a watcher event by event.</summary>
internal sealed class EventReader(Watcher watcher) : IAsyncDisposable
{
    private readonly IAsyncEnumerator<WatchResponse> _events = watcher.ReadAsync(Bound.Token()).GetAsyncEnumerator();

    public async Task<WatchResponse> NextAsync()
    {
        Assert.True(await _events.MoveNextAsync());
        return _events.Current;
    }

    public async Task<RegistrySnapshot> SnapshotAsync() => (await NextAsync()).Snapshot ?? throw new InvalidOperationException("not a snapshot");

    public async Task<RegistryChange> ChangeAsync() => (await NextAsync()).Change ?? throw new InvalidOperationException("not a change");

    /// <summary>Everything up to the change of a revision, that one included.</summary>
    public async Task<List<RegistryChange>> ChangesUntilAsync(long revision)
    {
        var changes = new List<RegistryChange>();
        do
        {
            changes.Add(await ChangeAsync());
        }
        while (changes[^1].Revision < revision);
        return changes;
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        watcher.Dispose();
    }
}
