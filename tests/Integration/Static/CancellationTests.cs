using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class CancellationTests(Paths paths) : IClassFixture<Paths>
{
    private static readonly Behaviour Hang = new() { Hang = true };

    public static TheoryData<string> EachPath { get; } = [Paths.OneSidecar, Paths.TwoSidecars];

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_client_that_cancels_cancels_the_servers_call_in_every_shape(string path)
    {
        var client = paths.Client(path);
        await Cancels(token => client.UnaryAsync(Calls.Request(Hang), cancellationToken: token).ResponseAsync);
        await Cancels(async token =>
        {
            using var call = client.ServerStream(Calls.Request(Hang), cancellationToken: token);
            await call.ResponseStream.MoveNext(token);
        });
        await Cancels(async token =>
        {
            using var call = client.ClientStream(cancellationToken: token);
            await call.RequestStream.WriteAsync(Calls.Request(Hang), token);
            await call;
        });
        await Cancels(async token =>
        {
            using var call = client.Bidi(cancellationToken: token);
            await call.RequestStream.WriteAsync(Calls.Request(Hang), token);
            await call.ResponseStream.MoveNext(token);
        });
    }

    [Fact]
    public async Task A_client_that_goes_away_cancels_its_calls()
    {
        var before = paths.Server.Counts.Cancelled;
        var channel = MeshChannel.To(paths.Outbound.Outbound, Paths.TwoSidecars);
        var call = new Echo.EchoClient(channel).UnaryAsync(Calls.Request(Hang)).ResponseAsync;
        await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 1, () => "the call is with the server");
        channel.Dispose();
        await Assert.ThrowsAnyAsync<Exception>(() => call);
        await Bound.UntilAsync(() => paths.Server.Counts.Cancelled == before + 1, () => "the server's call is cancelled");
        // Or the next test takes it for its own.
        await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 0, () => "no call is under way");
    }

    [Fact]
    public async Task A_thousand_cancelled_calls_leave_the_connection_usable()
    {
        var client = paths.Client(Paths.OneSidecar);
        for (var round = 0; round < 20; round++)
        {
            using var cancel = new CancellationTokenSource();
            var calls = Enumerable.Range(0, 50)
                .Select(_ => client.UnaryAsync(Calls.Request(Hang), cancellationToken: cancel.Token).ResponseAsync).ToArray();
            await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 50, () => $"50 calls are under way, not {paths.Server.Counts.UnderWay}");
            await cancel.CancelAsync();
            foreach (var call in calls)
            {
                Assert.Equal(StatusCode.Cancelled, (await Calls.FailureAsync(() => call)).StatusCode);
            }

            await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 0, () => "no call is under way");
        }

        await client.UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
    }

    private async Task Cancels(Func<CancellationToken, Task> call)
    {
        var before = paths.Server.Counts.Cancelled;
        using var cancel = new CancellationTokenSource();
        var running = call(cancel.Token);
        await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 1, () => "the call is with the server");
        await cancel.CancelAsync();
        Assert.Equal(StatusCode.Cancelled, (await Calls.FailureAsync(() => running)).StatusCode);
        await Bound.UntilAsync(() => paths.Server.Counts.Cancelled == before + 1, () => "the server's call is cancelled");
        await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 0, () => "no call is under way");
    }
}
