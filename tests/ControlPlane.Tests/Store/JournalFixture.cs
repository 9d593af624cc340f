using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mesh.ControlPlane.Tests.Store;

/// <summary>A journal over a store that does not wait, so that what a test does has been applied when it is done.</summary>
internal sealed class JournalFixture(IStore store) : IDisposable
{
    public Journal Journal { get; } = new(store, new StoreIdentity(), TimeProvider.System, NullLogger<Journal>.Instance);

    /// <summary>A control plane that has not opened its session, and is not held to it.</summary>
    public Replica Replica => field ??= new Replica(store, Journal, new ReplicaOptions(), TimeProvider.System, NullLogger<Replica>.Instance);

    /// <summary>Once the readers are there.</summary>
    public void Start() => Assert.True(Journal.StartAsync(default).IsCompletedSuccessfully);

    public void Dispose() => Journal.Dispose();
}
