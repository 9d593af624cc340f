using Mesh.ControlPlane.Store;

namespace Mesh.ControlPlane.Tests.Store.Etcd;

/// <summary>The contract, on a real etcd.</summary>
public sealed class EtcdStoreTests(EtcdFixture etcd) : StoreContract, IClassFixture<EtcdFixture>
{
    private protected override IStore Open(StoreOptions options) => etcd.Open(options);
}
