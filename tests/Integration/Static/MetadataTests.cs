using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Microsoft.AspNetCore.Http;

namespace Mesh.Integration.Static;

public sealed class MetadataTests(Paths paths) : IClassFixture<Paths>
{
    public static TheoryData<string> EachPath { get; } = [Paths.OneSidecar, Paths.TwoSidecars];

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task Text_and_binary_metadata_arrive_byte_for_byte(string path)
    {
        var everyByte = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        var sent = new Metadata
        {
            { "x-long", new string('z', 8000) },
            { "x-spaces-inside", "a  b   c" },
            { "x-all-bin", everyByte },
            { "x-zeros-bin", [0, 0, 0] },
        };
        using var call = paths.Client(path).UnaryAsync(
            new EchoRequest { Behaviour = new Behaviour { EchoMetadata = true } }, sent, cancellationToken: Bound.Token);
        var headers = await call.ResponseHeadersAsync;
        await call;
        var trailers = call.GetTrailers();
        Assert.Equal(
            [8000, 8000], new[] { headers.GetValue("x-long"), trailers.GetValue("x-long-t") }.Select(value => value!.Length));
        Assert.Equal("a  b   c", headers.GetValue("x-spaces-inside"));
        Assert.Equal(everyByte, headers.GetValueBytes("x-all-bin"));
        Assert.Equal(everyByte, trailers.GetValueBytes("x-all-t-bin"));
        Assert.Equal([0, 0, 0], trailers.GetValueBytes("x-zeros-t-bin"));
    }

    // .NET's client writes a repeated field as one, so here the server repeats; Interop has the other direction.
    [Fact]
    public async Task Fields_that_are_repeated_stay_so_in_their_order()
    {
        string[] values = ["one", "two, three", "", "one"];
        await using var server = await EchoServer.StartRawAsync(async context =>
        {
            context.Response.ContentType = GrpcHttp.Type;
            context.Response.Headers["x-many"] = values;
            await context.Response.Body.WriteAsync(GrpcHttp.Frame(new EchoReply()));
            context.Response.AppendTrailer("grpc-status", "0");
            context.Response.AppendTrailer("x-many-t", values);
        });
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", server));
        using var call = new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new EchoRequest(), cancellationToken: Bound.Token);
        var headers = await call.ResponseHeadersAsync;
        await call;
        Assert.Equal(values, headers.GetAll("x-many").Select(entry => entry.Value));
        Assert.Equal(values, call.GetTrailers().GetAll("x-many-t").Select(entry => entry.Value));
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
