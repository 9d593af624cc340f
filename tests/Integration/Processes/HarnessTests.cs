using Grpc.Core;
using Mesh.Integration.V1;

namespace Mesh.Integration.Processes;

public sealed class HarnessTests
{
    [Fact]
    public async Task A_call_goes_through_a_sidecar_to_the_service_that_its_authority_names()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync($$"""
            services:
            - name: echo
              endpoints:
              - address: {{server.Address}}
            """);
        var reply = await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        Assert.Equal("echo-1", reply.Instance);
        Assert.Equal(1, server.Counts.Calls);
    }

    [Fact]
    public async Task A_process_that_ends_before_it_is_ready_is_reported_with_what_it_printed()
    {
        var failure = await Assert.ThrowsAsync<ProcessFailedException>(() => Sidecar.StartAsync("--nonsense"));
        Assert.Contains("--nonsense", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ended with code 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_killed_refuses_connections()
    {
        await using var server = await EchoServer.StartAsync();
        using var channel = MeshChannel.To(server.Address, "echo");
        await new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        await server.KillAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token).ResponseAsync);
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }
}
