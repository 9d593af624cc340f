using Mesh.Conformance.Peer;
using Mesh.Sidecar.Tests.Flow.Rig;
using Mesh.Wire.Buffers;
using static Mesh.Sidecar.Tests.Flow.Rig.FlowRig;
using static Mesh.Sidecar.Tests.Flow.Rig.ServerConnection;

namespace Mesh.Sidecar.Tests.Flow;

/// <summary>A process that is short of memory takes on no more, and in the end holds no more of what it has taken on.</summary>
public sealed class MemoryTests
{
    private const long Percent = 10_000_000;
    private const string Refused = "service 'echo': this sidecar is short of memory and takes on no more calls (*";

    private readonly MemoryBudget _memory;
    private readonly FlowRig _rig;
    private long _used;

    public MemoryTests()
    {
        _memory = new MemoryBudget(100 * Percent, () => _used);
        _rig = new FlowRig(memory: _memory);
    }

    [Fact]
    public void New_calls_are_refused_those_under_way_go_on_and_afterwards_all_is_as_before()
    {
        var (caller, _, up) = _rig.Begin();
        Use(85);
        var second = caller.Call();
        caller.Reads(Refusal(second, 8, Refused));
        up.Send(Head(1), Frames.Data(1, 10, end: false));
        Assert.Equal(2, caller.Take().Count);
        up.Send(Status(1));
        Assert.Single(caller.Take());
        Assert.Equal((1, 0), (_memory.Refused, _memory.Ended));
        Use(10);
        caller.Call();
        Assert.StartsWith("HEADERS 3 ", up.Take().Single(), StringComparison.Ordinal);
        up.Send(Head(3), Status(3));
        caller.Take();
        AssertAtRest();
    }

    [Fact]
    public void Who_does_not_ask_in_gRPC_is_told_503()
    {
        Use(85);
        var caller = _rig.Caller();
        caller.Get();
        caller.Reads("HEADERS 1 :status=503 content-type=text/plain; charset=utf-8 content-length=* x-mesh-error=*short of memory*", "DATA 1 * end");
        AssertAtRest();
    }

    [Fact]
    public void A_request_that_the_endpoint_does_not_take_ends_when_memory_is_spent()
    {
        var (caller, server, up) = _rig.Begin(end: false);
        // 65,535 bytes are the endpoint's window; what comes then is held.
        Send(caller, 6);
        Assert.NotEmpty(up.Take());
        Assert.NotEqual(0, _rig.Loop.Segments.InUse);
        Use(95);
        Send(caller, 1);
        var told = caller.Take().ToList();
        Assert.Contains(told, frame => frame.StartsWith("HEADERS 1 ", StringComparison.Ordinal) && frame.Contains("grpc-status=8", StringComparison.Ordinal));
        Assert.Contains("RST_STREAM 1 NO_ERROR", told);
        Assert.Contains("RST_STREAM 1 CANCEL", up.Take());
        Assert.Equal((0, 0, 0), server.Load); // it is not blamed
        Assert.Equal((0, 1), (_memory.Refused, _memory.Ended));
        AssertAtRest();
    }

    [Fact]
    public void A_request_that_is_taken_goes_on_when_memory_is_spent()
    {
        var (caller, _, up) = _rig.Begin(end: false);
        Use(95);
        for (var i = 0; i < 40; i++)
        {
            Send(caller, 1);
            Assert.Contains(up.Take(), frame => frame.StartsWith("DATA 1 ", StringComparison.Ordinal));
            up.Send(Frames.WindowUpdate(0, 16_384), Frames.WindowUpdate(1, 16_384));
        }

        up.Send(Head(1), Status(1));
        Assert.Contains(caller.Take(), frame => frame.Contains("grpc-status=0", StringComparison.Ordinal));
        AssertAtRest();
    }

    [Fact]
    public void An_answer_that_the_caller_does_not_take_ends_when_memory_is_spent()
    {
        var (caller, _, up) = _rig.Begin();
        caller.Send(Frames.Settings((4, 0)));
        up.Take();
        up.Send(Head(1), Frames.Data(1, 16_000, end: false));
        caller.Take();
        Use(95);
        up.Send(Frames.Data(1, 16_000, end: false));
        // Trailers would have to wait behind what is not taken.
        Assert.Contains("RST_STREAM 1 ENHANCE_YOUR_CALM", caller.Take());
        Assert.Contains("RST_STREAM 1 CANCEL", up.Take());
        Assert.Equal(1, _memory.Ended);
        AssertAtRest();
    }

    /// <summary>As long as memory is short a loop looks again every ten seconds.</summary>
    private void AssertAtRest()
    {
        Use(0);
        _rig.AssertAtRest();
    }

    private void Use(long percent)
    {
        _used = percent * Percent;
        _memory.Look();
    }

    private static void Send(Caller caller, int frames)
    {
        for (var i = 0; i < frames; i++)
        {
            caller.Send(Frames.Data(1, 16_384, end: false));
        }
    }
}
