using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Etcd;
using Mesh.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Store.Etcd;

/// <summary>One member for many tests, each with a prefix of its own.</summary>
public sealed class EtcdFixture : IAsyncLifetime
{
    private int _stores;

    internal EtcdCluster? Cluster { get; private set; }

    public async Task InitializeAsync() => Cluster = EtcdFactAttribute.WhyNot is null ? await EtcdCluster.StartAsync() : null;

    public async Task DisposeAsync()
    {
        if (Cluster is not null)
        {
            await Cluster.DisposeAsync();
        }
    }

    internal EtcdStore Open(StoreOptions options, string? prefix = null) => Open(Cluster!, options, prefix ?? $"/test-{Interlocked.Increment(ref _stores)}/");

    internal static EtcdStore Open(EtcdCluster cluster, StoreOptions? options = null, string prefix = "/mesh/", Func<EtcdOptions, EtcdOptions>? more = null)
    {
        // A store that nobody watches takes etcd for gone, and would ask it for less than a busy machine needs.
        var etcd = new EtcdOptions { Members = cluster.Urls, Prefix = prefix, LongestWriteUnreached = TimeSpan.FromSeconds(15) };
        return new EtcdStore(more?.Invoke(etcd) ?? etcd, options ?? new StoreOptions(), TimeProvider.System, new Random(), NullLogger<EtcdStore>.Instance);
    }
}
