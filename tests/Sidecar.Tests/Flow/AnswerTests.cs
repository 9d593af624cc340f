using Mesh.Sidecar.Tests.Flow.Rig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>What goes well goes through as it is.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void An_answer_goes_through_as_it_comes()
    {
        var rig = new FlowRig(servers: 2);
        var (caller, server, up) = rig.Begin();
        up.Send(Head(1, "x-a: b"));
        caller.Reads("HEADERS 1 :status=200 content-type=application/grpc x-a=b");
        up.Send(Message(1, 100));
        caller.Reads("DATA 1 105");
        up.Send(Status(1));
        caller.Reads("HEADERS 1 grpc-status=0 end");
        up.Reads();
        Assert.Equal((1, 0, 0), server.Load);
        rig.AssertAtRest();
    }
}
