using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>Answers whose status is missing, unreadable or another protocol's: every caller is given the one they stand for.</summary>
public sealed class StatusTests
{
    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    public void A_body_that_is_not_as_long_as_its_head_says_fails_the_call(int said)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1, $"content-length: {said}"), Message(1), Status(1));
        var lines = caller.Take();
        Assert.StartsWith("HEADERS 1 :status=200", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("HEADERS 1 grpc-status=13", lines[^1], StringComparison.Ordinal);
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(5)]
    [InlineData(100)]
    public void The_same_for_a_caller_who_does_not_speak_gRPC(int said)
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Get();
        var server = rig.Wanted();
        server.Accept().Send(Frames.Headers(1, HeaderBlock.OkWith($"content-length: {said}")), Frames.Data(1, 10, end: true));
        Assert.Equal("RST_STREAM 1 INTERNAL_ERROR", caller.Take()[^1]);
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("503", 14, true)]
    [InlineData("502", 14, true)]
    [InlineData("500", 2, true)]
    [InlineData("429", 14, false)]
    [InlineData("404", 12, false)]
    [InlineData("401", 16, false)]
    [InlineData("200", 2, true)]
    [InlineData("302", 2, true)]
    public void A_page_instead_of_gRPC_becomes_a_status(string http, int status, bool isBlamed)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.Headers(1, HeaderBlock.Of($":status: {http}", "content-type: text/html")));
        caller.Reads(Refusal(1, status, $"{server.Address} answered HTTP {http}, which is not gRPC"));
        up.Reads("RST_STREAM 1 CANCEL");
        up.Send(Frames.Data(1, 1000, end: true));
        up.Reads();
        caller.Reads();
        Assert.Equal(isBlamed ? (0, 1, 0) : (1, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Trailers_without_a_status_get_one_and_keep_what_else_they_say()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1), Frames.Trailers(1, "x-a: b", "grpc-message: all is well"));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", $"HEADERS 1 x-a=b grpc-status=2 grpc-message=*{server.Address} ended its answer without*");
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_head_that_is_all_and_has_no_status_gets_one()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(TrailersOnly(1, "x-a: b"));
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc x-a=b grpc-status=2 grpc-message=*");
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_body_that_ends_without_trailers_gets_some()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1, end: true));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", Ending(1, 2, "without a grpc-status"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_body_that_ends_within_a_message_is_reset()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Frames.Data(1, [0, 0, 0, 0, 10, 1], end: true));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 6", "RST_STREAM 1 INTERNAL_ERROR");
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_status_in_a_head_that_an_empty_body_follows_is_the_status()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1, "grpc-status: 5"), Frames.Data(1, 0, end: true));
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc grpc-status=5", "DATA 1 0 end");
        Assert.Equal((1, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("content-type: application/grpc")]
    [InlineData("x-b: c")]
    public void A_status_in_gRPC_says_more_than_HTTPs(string line)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.Headers(1, HeaderBlock.Of(":status: 503", line, "grpc-status: 8", "grpc-message: no more", "x-a: b"), end: true));
        caller.Reads($"HEADERS 1 :status=200 {line.Replace(": ", "=", StringComparison.Ordinal)} grpc-status=8 grpc-message=no more x-a=b end");
        Assert.Equal((1, 0, 0), server.Load); // a quota is the caller's matter
        rig.AssertAtRest();
    }

    [Fact]
    public void So_does_one_in_the_trailers()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        up.Send(Frames.Headers(1, HeaderBlock.Of(":status: 502", "content-type: application/grpc+proto", "x-a: b")));
        up.Send(Frames.Trailers(1, "grpc-status: 9", "grpc-message: not now"));
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc+proto x-a=b", "HEADERS 1 grpc-status=9 grpc-message=not now end");
        rig.AssertAtRest();
    }

    [Fact]
    public void It_is_the_status_in_gRPC_by_which_an_answer_is_tried_again()
    {
        var rig = new FlowRig(servers: 2, policy: Retrying(8));
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.Headers(1, HeaderBlock.Of(":status: 503", "content-type: application/grpc", "grpc-status: 8"), end: true));
        rig.Advance(300);
        rig.Other(server).Accept().Answer(1);
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        rig.AssertAtRest();
    }

    [Fact]
    public void Without_any_HTTPs_status_stands_for_one()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        up.Send(Frames.Headers(1, HeaderBlock.Of(":status: 503", "content-type: application/grpc")), Frames.Trailers(1, "x-a: b"));
        caller.Reads("HEADERS 1 :status=200*", "HEADERS 1 x-a=b grpc-status=14 grpc-message=*answered HTTP 503* end");
        rig.AssertAtRest();
    }

    [Fact]
    public void A_status_said_twice_is_passed_on_once()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1), Frames.Trailers(1, "grpc-status: 5", "x-a: b", "grpc-status: 5"));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=5 x-a=b end");
        Assert.Equal((1, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData("grpc-status: 0", "grpc-status: 5")]
    [InlineData("grpc-status: 5", "grpc-status: 0")]
    [InlineData("grpc-status: ok")]
    [InlineData("grpc-status: ")]
    [InlineData("grpc-status: -1")]
    [InlineData("grpc-status: 0.0")]
    [InlineData("grpc-status: 99999999999999999999")]
    public void A_status_that_cannot_be_read_is_UNKNOWN(params string[] lines)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1), Frames.Trailers(1, lines));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", Ending(1, 2, "without a grpc-status that can be read"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_number_that_gRPC_does_not_have_yet_goes_through()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        up.Send(Head(1), Message(1), Status(1, 17));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=17 end");
        rig.AssertAtRest();
    }
}
