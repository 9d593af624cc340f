using Mesh.Integration.Processes;
using Mesh.Tests;

namespace Mesh.Integration.Replicas;

/// <summary>What the fencing is good for: the same as with it (ReplicaFaultTests), without it.</summary>
public sealed class SplitBrainTests
{
    [EtcdFact]
    public async Task Without_fencing_one_that_stood_still_takes_out_instances_that_are_alive()
    {
        // Only a debug build knows the variable.
        await using var mesh = await ReplicatedMesh.StartAsync(
            members: 1, instances: 6, environment: new() { ["MESH_TEST_UNFENCED"] = "1" }, arguments: ["--lease-ttl", "4s"]);
        foreach (var stopped in mesh.Planes)
        {
            // Of six instances at least one is registered with one of the two.
            var other = mesh.Planes.IndexOf(stopped) == 0 ? 1 : 0;
            ReplicatedMesh.Signal(stopped.Process, "STOP");
            await mesh.RegisteredAtAsync(other);
            ReplicatedMesh.Signal(stopped.Process, "CONT");
            var on = TimeProvider.System.GetUtcNow();
            await Bound.UntilAsync(
                () => mesh.Witness.Removals.Count != 0 || TimeProvider.System.GetUtcNow() - on > TimeSpan.FromSeconds(15), () => "time for leases to run out");
            if (mesh.Witness.Removals.Count != 0)
            {
                return;
            }
        }

        Assert.Fail("nobody was taken out: the tests of fencing would not notice that it is gone");
    }
}
