using Mesh.Integration.Processes;

namespace Mesh.Integration.Mesh;

/// <summary>Two sidecars with the same instance id, as a copied unit file makes them.</summary>
public sealed class SameInstanceTests
{
    [Fact]
    public async Task The_second_is_refused_while_the_first_is_alive_both_say_so_and_it_has_the_place_once_the_first_is_gone()
    {
        await using var plane = await ControlPlane.StartAsync("--lease-ttl", "2s");
        await using var first = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-1");

        await second.Sidecar.Process.LineAsync(line => line.Contains(
            $"cannot register echo/echo-1: instance 'echo-1' of 'echo' is registered by another process, at {first.Sidecar.Inbound}, which is alive; this one is at {second.Sidecar.Inbound}",
            StringComparison.Ordinal));
        await first.Sidecar.Process.LineAsync(line => line.Contains(
            $"another process, at {second.Sidecar.Inbound}, wants to register as echo/echo-1 too and was refused, since this one is, at {first.Sidecar.Inbound}",
            StringComparison.Ordinal));
        using var http = new HttpClient();
        Assert.StartsWith(
            "ready, but not registered: instance 'echo-1' of 'echo' is registered by another process",
            await http.GetStringAsync($"http://{second.Sidecar.Admin}/readyz", Bound.Token), StringComparison.Ordinal);
        Assert.Equal("ready", (await http.GetStringAsync($"http://{first.Sidecar.Admin}/readyz", Bound.Token)).Trim());
        Assert.Equal(first.Sidecar.Inbound, await AddressAsync(plane));

        await first.Sidecar.Process.KillAsync();
        await Bound.UntilAsync(async () => await AddressAsync(plane) == second.Sidecar.Inbound, () => "the second one registered");
        await Bound.UntilAsync(
            async () => (await http.GetStringAsync($"http://{second.Sidecar.Admin}/readyz", Bound.Token)).Trim() == "ready", () => "the second one ready");
    }

    [Fact]
    public async Task One_that_is_told_to_take_over_does_once_and_the_other_learns_by_whom()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var first = await MeshInstance.StartAsync(plane, "echo-1", "--take-over");
        await plane.HealthyAsync("echo", "echo-1");
        await using var second = await MeshInstance.StartAsync(plane, "echo-1", "--take-over");
        await first.Sidecar.Process.LineAsync(line => line.Contains(
            $"another process, at {second.Sidecar.Inbound}, has taken over instance 'echo-1' of 'echo' from this one, at {first.Sidecar.Inbound}",
            StringComparison.Ordinal));
        // Both may; the first does not do it again.
        await first.Sidecar.Process.LineAsync(line => line.Contains("is registered by another process", StringComparison.Ordinal));
        Assert.Equal(second.Sidecar.Inbound, await AddressAsync(plane));
        await plane.Process.LineAsync(line => line.Contains("has taken over from the one at", StringComparison.Ordinal));
    }

    private static async Task<string> AddressAsync(ControlPlane plane) =>
        (await plane.InstancesAsync("echo")) is [var instance] ? $"{instance.Address}:{instance.Port}" : "";
}
