using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>A client in Node, which has the proto files and no library of ours, works with events and queues through its sidecar.</summary>
public sealed class MessagingTests
{
    [Fact]
    public async Task A_foreign_client_publishes_subscribes_receives_and_acknowledges()
    {
        await NodeModules.Grpc.EnsureAsync();
        await using var plane = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--service", "foreigner", "--control-plane", plane.Url);
        await using var client = MeshProcess.Start(
            "node messaging", "node",
            [Path.Combine(Executables.Repository, "tests", "Foreign", "node", "messaging.js"), sidecar.Outbound, Path.Combine(Executables.Repository, "protos")],
            [new("NODE_PATH", NodeModules.Grpc.Modules)]);
        Assert.True(await client.ExitCodeAsync() == 0, string.Join('\n', client.Errors.Concat(client.Output)));
    }
}
