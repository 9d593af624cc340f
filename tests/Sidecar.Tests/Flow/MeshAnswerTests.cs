using System.Net;
using System.Text;
using Mesh.Conformance.Peer;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Listeners;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Sidecar.Tests.Telemetry;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>The mesh's own answers: what they say, and that a flood of them costs no memory.</summary>
public sealed class MeshAnswerTests
{
    private const int Most = 64; // bytes a call: numbers that are boxed as long as the code is not compiled for good

    [Fact]
    public void Whatever_the_reason_it_is_told_without_allocating()
    {
        var calls = new Calls(TraceSampling.Off);
        var exchange = calls.Begin();
        exchange.Route.Rule = exchange.Route.Cluster!.DefaultRoute;
        foreach (var reason in Enum.GetValues<OutcomeReason>())
        {
            exchange.Route.Backend = reason == OutcomeReason.NoRoute ? new RouteBackend("other", []) : null;
            var outcome = Outcome.Failed(reason, OutcomeSource.Mesh);
            var text = MeshAnswer.Message(exchange, outcome);
            var begin = reason switch
            {
                OutcomeReason.UnknownService => "no such service 'echo'",
                OutcomeReason.NoRoute => "route '' of 'echo' leads to 'other', which is not known",
                _ => "service 'echo': ",
            };
            Assert.StartsWith(begin, text, StringComparison.Ordinal);
            Assert.InRange(Flood.AllocatedBy(() => calls.Worker.Answer.Head(exchange, outcome)), 0, Most);
        }
    }

    [Theory]
    [InlineData("echo", "it has no endpoints")]
    [InlineData("nowhere", "no such service 'nowhere'")]
    public void A_flood_of_calls_that_fail_allocates_next_to_nothing(string service, string because)
    {
        var rig = new FlowRig(recorder: 1 << 20); // what is remembered of them as well
        rig.Publish();
        var caller = rig.Caller();
        caller.Call(service);
        caller.Reads(FlowRig.Refusal(1, 14, because));

        var flood = new Flood(rig, ":method: POST", ":scheme: http", ":path: /pkg.Echo/Do", $":authority: {service}", "content-type: application/grpc");
        Assert.InRange(Flood.AllocatedBy(flood.Call), 0, Most);
        Assert.True(flood.Written > flood.Calls * 100);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/html, application/problem+json;q=0.9")]
    public void Who_accepts_JSON_gets_a_problem_document(string accept)
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Get("nobody", more: $"accept: {accept}");
        var answer = caller.Take();
        Assert.StartsWith("HEADERS 1 :status=404 content-type=application/problem+json content-length=", answer[0], StringComparison.Ordinal);
        var exchange = new Calls(TraceSampling.Off).Begin();
        var body = new ByteBuffer();
        ProblemDocument.Write(body, exchange, OutcomeReason.UnknownService, 404, "no such service 'no\"bo\ndy'"u8);
        var problem = System.Text.Json.JsonDocument.Parse(body.Written.ToArray()).RootElement;
        Assert.Equal(
            ("UNKNOWN_SERVICE", "mesh", 404, "no such service 'no\"bo?dy'", "outbound"),
            (problem.GetProperty("reason").GetString(), problem.GetProperty("domain").GetString(), problem.GetProperty("status").GetInt32(),
                problem.GetProperty("detail").GetString(), problem.GetProperty("hop").GetString()));
        rig.AssertAtRest();
    }

    [Fact]
    public void A_name_that_is_none_is_quoted_in_part_and_as_text()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        var name = "a%b" + new string('x', 1000);
        caller.Call(name);
        caller.Reads($"HEADERS 1 :status=200 content-type=application/grpc grpc-status=14 grpc-message=no such service 'a%25b{new string('x', 125)}' grpc-status-details-bin=* end");
        rig.AssertAtRest();
    }

    [Fact]
    public void The_details_are_base64_without_padding()
    {
        var calls = new Calls(TraceSampling.Off);
        var exchange = calls.Begin();
        for (var i = 0; i < 3; i++)
        {
            exchange.Head.CallersDeadlineAt = exchange.Head.DeadlineAt = exchange.Head.Started + (TimeSpan.TicksPerSecond * (int)Math.Pow(10, i)); // lengths that would need each padding
            var answer = calls.Worker.Answer.Head(exchange, Outcome.Failed(OutcomeReason.DeadlineExceeded, OutcomeSource.Mesh));
            Assert.True(answer.TryGet(KnownHeader.GrpcStatusDetailsBin, out var value));
            var text = Encoding.ASCII.GetString(value);
            Assert.DoesNotContain('=', text);
            var bytes = Convert.FromBase64String(text + new string('=', (4 - (text.Length % 4)) % 4));
            Assert.Equal([8, GrpcStatus.DeadlineExceeded], bytes[..2]);
            Assert.Contains("DEADLINE_EXCEEDED", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
        }
    }
}
