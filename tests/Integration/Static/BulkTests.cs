using Google.Protobuf;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

[Collection(HeavyCollection.Name)]
public sealed class BulkTests(Paths paths) : IClassFixture<Paths>
{
    private const int Chunk = 1024 * 1024;
    private const int Chunks = 1024;

    /// <summary>What a sidecar may grow by, however much passes through it.</summary>
    private const long Allowance = 64L * 1024 * 1024;

    [Theory]
    [InlineData(Paths.OneSidecar)]
    [InlineData(Paths.TwoSidecars)]
    public async Task A_message_of_64_MB_passes_both_ways(string path)
    {
        var request = Calls.Request(new Behaviour(), 64 * Chunk);
        var reply = await paths.Client(path).UnaryAsync(request, cancellationToken: Bound.Token);
        Assert.True(request.Payload.Span.SequenceEqual(reply.Payload.Span), "What came back is not what was sent.");
    }

    [Fact]
    public async Task A_server_stream_of_1_GB_leaves_the_sidecar_small()
    {
        await using var sidecar = await WarmAsync();
        var before = sidecar.Process.PeakMemory;
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).ServerStream(
            Calls.Request(new Behaviour { Replies = Chunks, ReplyBytes = Chunk }), cancellationToken: Long);
        var bytes = 0L;
        while (await call.ResponseStream.MoveNext(Long))
        {
            bytes += call.ResponseStream.Current.Payload.Length;
        }

        Assert.Equal((long)Chunk * Chunks, bytes);
        AssertSmall(before, sidecar);
    }

    [Fact]
    public async Task A_client_stream_of_1_GB_leaves_the_sidecar_small()
    {
        await using var sidecar = await WarmAsync();
        var before = sidecar.Process.PeakMemory;
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).ClientStream(cancellationToken: Long);
        var chunk = new EchoRequest { Payload = ByteString.CopyFrom(Calls.Bytes(Chunk)) };
        for (var i = 0; i < Chunks; i++)
        {
            await call.RequestStream.WriteAsync(chunk, Long);
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal((ulong)Chunk * Chunks, (await call).Bytes);
        AssertSmall(before, sidecar);
    }

    [Fact]
    public async Task A_reader_that_stops_holds_up_the_server_and_not_the_sidecars_memory()
    {
        await using var sidecar = await WarmAsync();
        var before = sidecar.Process.PeakMemory;
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        using var stopped = new CancellationTokenSource();
        using var call = client.ServerStream(
            Calls.Request(new Behaviour { Replies = Chunks, ReplyBytes = Chunk }), cancellationToken: stopped.Token);
        Assert.True(await call.ResponseStream.MoveNext(Long));

        // Beside it others pass: one stalled stream must not take the connection's window.
        for (var i = 0; i < 50; i++)
        {
            await client.UnaryAsync(new Behaviour(), bytes: 100_000);
        }

        Assert.Equal(1, paths.Server.Counts.UnderWay);
        AssertSmall(before, sidecar);
        await stopped.CancelAsync();
        await Bound.UntilAsync(() => paths.Server.Counts.UnderWay == 0, () => "the server's call is cancelled");
    }

    private static CancellationToken Long => new CancellationTokenSource(TimeSpan.FromMinutes(3)).Token;

    private async Task<Sidecar> WarmAsync()
    {
        var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server));
        await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new Behaviour(), bytes: 4 * Chunk);
        return sidecar;
    }

    private static void AssertSmall(long? before, Sidecar sidecar)
    {
        if (before is { } from)
        {
            Assert.InRange(sidecar.Process.PeakMemory!.Value - from, 0, Allowance);
        }
    }
}
