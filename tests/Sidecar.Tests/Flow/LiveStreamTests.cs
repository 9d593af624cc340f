using Mesh.Conformance.Peer;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Streams;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>What is seen of a stream while it lasts.</summary>
public sealed class LiveStreamTests
{
    [Fact]
    public void Messages_are_counted_each_way_however_they_are_cut()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        caller.Send(Message(1), Frames.Data(1, [0, 0, 0]), Frames.Data(1, [0, 1, 7, 0, 0, 0, 0]), Frames.Data(1, [0]));
        up.Send(Head(1), Frames.Data(1, [0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 1, 7, 0, 0, 0, 0, 0]));
        rig.Advance(4000);
        var stream = Of(caller);
        Assert.Equal((3, 3), (stream.Requests.Messages, stream.Answers.Messages));
        Assert.Equal((0.75, 0.75), (stream.Requests.Rate, stream.Answers.Rate));
        Assert.Equal((TimeSpan.FromSeconds(4).Ticks, TimeSpan.FromSeconds(4).Ticks), (stream.Age, stream.Answers.LastAge));
        Assert.Equal(("echo", "/pkg.Echo/Do", "127.0.0.1:5001", false), (stream.Service, stream.Method, stream.Endpoint, stream.IsHeldUp));
    }

    [Fact]
    public void The_rate_is_that_of_late()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin();
        up.Send(Head(1));
        for (var i = 0; i < 100; i++)
        {
            up.Send(Message(1));
            rig.Advance(100);
        }

        Assert.InRange(Of(caller).Answers.Rate, 9, 11);
        for (var i = 0; i < 20; i++)
        {
            rig.Advance(1000);
            up.Send(Message(1));
        }

        Assert.InRange(Of(caller).Answers.Rate, 0.8, 1.4);
        rig.Advance(TimeSpan.FromSeconds(9));
        Assert.InRange(Of(caller).Answers.Rate, 0, 0.5);
    }

    [Fact]
    public void A_caller_that_takes_nothing_is_named_with_what_it_holds()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Send(Frames.Settings((4, 20)));
        caller.Call();
        var up = rig.Wanted().Accept();
        up.Send(Head(1), Message(1), Message(1));
        rig.Advance(2000);
        var stream = Of(caller);
        Assert.True(stream.IsHeldUp);
        Assert.Equal((10, StreamWait.StreamWindow, TimeSpan.FromSeconds(2).Ticks), (stream.Answers.Pending, stream.Answers.WaitsFor, stream.Answers.Waiting));
        Assert.Equal(0, stream.Requests.Waiting);
        caller.Send(Frames.WindowUpdate(1, 100));
        Assert.False(Of(caller).IsHeldUp);
    }

    [Fact]
    public void An_endpoint_that_takes_nothing_is_named()
    {
        var rig = new FlowRig();
        var caller = rig.Caller();
        caller.Call(end: false);
        var up = rig.Wanted().Accept((4, 20));
        caller.Send(Message(1), Message(1));
        rig.Advance(1000);
        var stream = Of(caller);
        Assert.True(stream.IsHeldUp);
        Assert.Equal((10, StreamWait.StreamWindow), (stream.Requests.Pending, stream.Requests.WaitsFor));
        Assert.Equal(0, stream.Answers.Waiting);
        up.Send(Frames.WindowUpdate(1, 100));
        Assert.False(Of(caller).IsHeldUp);
    }

    [Fact]
    public void What_has_ended_is_none_and_its_messages_are_counted_once()
    {
        var rig = new FlowRig();
        var (caller, _, up) = rig.Begin(end: false);
        caller.Send(Message(1, end: true));
        Assert.Equal((0L, 0L), rig.Cluster.Statistics.MessagesOf(0));
        up.Answer(1);
        Assert.Empty(All(caller));
        Assert.Equal((1L, 1L), rig.Cluster.Statistics.MessagesOf(0));
        rig.AssertAtRest();
    }

    private static LiveStream Of(Caller caller) => Assert.Single(All(caller));

    private static List<LiveStream> All(Caller caller)
    {
        var all = new List<LiveStream>();
        caller.Connection.ForEachStream(
            static (stream, all) =>
            {
                if (LiveStream.CallOn(stream) is { } call)
                {
                    all.Add(LiveStream.Of(call));
                }
            },
            all);
        return all;
    }
}
