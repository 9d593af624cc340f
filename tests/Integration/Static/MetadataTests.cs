using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class MetadataTests(Paths paths) : IClassFixture<Paths>
{
    public static TheoryData<string> EachPath { get; } = [Paths.OneSidecar, Paths.TwoSidecars];

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task Text_and_binary_metadata_arrive_byte_for_byte_and_in_order(string path)
    {
        var everyByte = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var sent = new Metadata
        {
            { "x-many", "one" },
            { "x-many", "two, three" },
            { "x-many", "one" },
            { "x-long", new string('z', 8000) },
            { "x-spaces-inside", "a  b   c" },
            { "x-data-bin", everyByte },
            { "x-data-bin", [] },
            { "x-data-bin", [0, 0, 0] },
        };
        using var call = paths.Client(path).UnaryAsync(
            new EchoRequest { Behaviour = new Behaviour { EchoMetadata = true } }, sent, cancellationToken: Bound.Token);
        var headers = await call.ResponseHeadersAsync;
        await call;
        var trailers = call.GetTrailers();
        Assert.Equal(["one", "two, three", "one"], headers.GetAll("x-many").Select(e => e.Value));
        Assert.Equal(["one", "two, three", "one"], trailers.GetAll("x-many-t").Select(e => e.Value));
        Assert.Equal(8000, headers.GetValue("x-long")!.Length);
        Assert.Equal("a  b   c", headers.GetValue("x-spaces-inside"));
        Assert.Equal([everyByte, [], [0, 0, 0]], headers.GetAll("x-data-bin").Select(e => e.ValueBytes));
        Assert.Equal([everyByte, [], [0, 0, 0]], trailers.GetAll("x-data-t-bin").Select(e => e.ValueBytes));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_hundred_fields_pass_again_and_again_on_one_connection(string path)
    {
        for (var round = 0; round < 5; round++)
        {
            var sent = new Metadata();
            for (var i = 0; i < 100; i++)
            {
                sent.Add($"x-field-{i}", $"value {round} of {i}");
            }

            using var call = paths.Client(path).UnaryAsync(
                new EchoRequest { Behaviour = new Behaviour { EchoMetadata = true } }, sent, cancellationToken: Bound.Token);
            var headers = await call.ResponseHeadersAsync;
            Assert.All(sent, entry => Assert.Equal(entry.Value, headers.GetValue(entry.Key)));
            await call;
        }
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task Status_message_and_trailers_of_a_failure_arrive(string path)
    {
        var behaviour = new Behaviour { Status = (int)StatusCode.FailedPrecondition, StatusMessage = "100 % wrong: äöü 漢\n", Trailers = { ["x-why"] = "because" } };
        var failure = await Assert.ThrowsAsync<RpcException>(() => paths.Client(path).UnaryAsync(behaviour));
        Assert.Equal(new Status(StatusCode.FailedPrecondition, "100 % wrong: äöü 漢\n"), failure.Status);
        Assert.Equal("because", failure.Trailers.GetValue("x-why"));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_failure_after_the_head_brings_its_trailers(string path)
    {
        var behaviour = new Behaviour { HeadFirst = true, Status = (int)StatusCode.DataLoss, StatusMessage = "gone", Trailers = { ["x-why"] = "because" } };
        var failure = await Assert.ThrowsAsync<RpcException>(() => paths.Client(path).UnaryAsync(behaviour));
        Assert.Equal(new Status(StatusCode.DataLoss, "gone"), failure.Status);
        Assert.Equal("because", failure.Trailers.GetValue("x-why"));
    }

    [Fact]
    public async Task Every_status_code_arrives_as_it_was_given()
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server, "{breaker: {disabled: true}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        for (var code = 1; code <= 16; code++)
        {
            var status = await client.FailureAsync(new Behaviour { Status = code, StatusMessage = $"code {code}" });
            Assert.Equal(new Status((StatusCode)code, $"code {code}"), status);
        }
    }

    [Fact]
    public async Task Metadata_beyond_what_a_sidecar_takes_fail_their_call_and_no_other()
    {
        var sent = new Metadata { { "x-big", new string('z', 70_000) } };
        await Calls.FailureAsync(async () =>
            await paths.Client(Paths.OneSidecar).UnaryAsync(new EchoRequest(), sent, cancellationToken: Bound.Token));
        await paths.Client(Paths.OneSidecar).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
    }
}
