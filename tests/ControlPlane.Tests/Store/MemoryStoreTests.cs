using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Tests.Store;

public sealed class MemoryStoreTests : LocalStoreContract
{
    private protected override IStore Open(StoreOptions options) => new MemoryStore(Time, options);

    [Fact]
    public async Task Each_is_a_history_of_its_own() =>
        Assert.NotEqual(
            (await Open(new StoreOptions()).LoadAsync(default)).StoreId, (await Open(new StoreOptions()).LoadAsync(default)).StoreId);
}
