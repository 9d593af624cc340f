using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Http2.Frames;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>RST_STREAM from an endpoint at every moment.</summary>
public sealed class ResetTests
{
    [Theory]
    [InlineData(ErrorCode.NoError, 13)]
    [InlineData(ErrorCode.ProtocolError, 13)]
    [InlineData(ErrorCode.InternalError, 13)]
    [InlineData(ErrorCode.FlowControlError, 13)]
    [InlineData(ErrorCode.SettingsTimeout, 13)]
    [InlineData(ErrorCode.FrameSizeError, 13)]
    [InlineData(ErrorCode.CompressionError, 13)]
    [InlineData(ErrorCode.ConnectError, 13)]
    [InlineData(ErrorCode.Cancel, 1)]
    [InlineData(ErrorCode.EnhanceYourCalm, 8)]
    [InlineData(ErrorCode.InadequateSecurity, 7)]
    public void Before_the_head_it_becomes_the_status_that_gRPC_has_for_it(ErrorCode code, int status)
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.RstStream(1, code));
        caller.Reads(Refusal(1, status, $"{server.Address} reset the stream"));
        up.Reads();
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_refused_stream_goes_to_another_endpoint_and_nobody_is_blamed()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Send(Frames.RstStream(1, ErrorCode.RefusedStream));
        var other = rig.Wanted();
        other.Accept().Answer(1);
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end");
        Assert.Equal((0, 0, 0), server.Load);
        Assert.NotSame(server, other);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_stream_refused_everywhere_is_refused_to_the_caller()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, _, up) = rig.Begin();
        up.Send(Frames.RstStream(1, ErrorCode.RefusedStream));
        var other = rig.Wanted().Accept();
        List<string> answer = [];
        for (uint id = 1; id < 20 && answer.Count == 0; id += 2)
        {
            other.Send(Frames.RstStream(id, ErrorCode.RefusedStream));
            up.Send(Frames.RstStream(id + 2, ErrorCode.RefusedStream));
            answer = caller.Take();
        }

        Assert.Contains("grpc-status=14", Assert.Single(answer), StringComparison.Ordinal);
        Assert.Contains("refused the call and has not looked at it", answer[0], StringComparison.Ordinal);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_stream_refused_after_its_head_was_not_refused()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Frames.RstStream(1, ErrorCode.RefusedStream));
        caller.Reads("HEADERS 1 :status=200*", Ending(1, 14, "reset the stream"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Between_messages_the_caller_gets_a_status()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Message(1), Frames.RstStream(1, ErrorCode.InternalError));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", Ending(1, 13, "reset the stream"));
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void Within_a_message_only_a_reset_says_that_it_is_cut()
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1), Frames.Data(1, [0, 0, 0, 0, 10, 1, 2]), Frames.RstStream(1, ErrorCode.Cancel));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 7", "RST_STREAM 1 INTERNAL_ERROR");
        Assert.Equal((0, 1, 0), server.Load);
        rig.AssertAtRest();
    }

    [Theory]
    [InlineData(ErrorCode.NoError)]
    [InlineData(ErrorCode.InternalError)]
    public void After_the_end_it_changes_nothing(ErrorCode code)
    {
        var rig = new FlowRig();
        var (caller, server, up) = rig.Begin(end: false);
        up.Send(Head(1), Message(1), Status(1), Frames.RstStream(1, code));
        caller.Reads("HEADERS 1 :status=200*", "DATA 1 15", "HEADERS 1 grpc-status=0 end", "RST_STREAM 1 NO_ERROR");
        Assert.Equal((1, 0, 0), server.Load);
        rig.AssertAtRest();
    }

    [Fact]
    public void A_caller_that_still_sends_gets_the_status_and_is_told_to_stop()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        caller.Send(Message(1, 100));
        up.Send(Frames.RstStream(1, ErrorCode.InternalError));
        caller.Reads(Refusal(1, 13, "reset the stream"), "RST_STREAM 1 NO_ERROR");
        caller.Send(Message(1, 100));
        rig.AssertAtRest();
    }
}
