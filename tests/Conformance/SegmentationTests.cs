using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance;

/// <summary>However the network cuts the bytes, the result is the same.</summary>
public sealed class SegmentationTests
{
    public static TheoryData<string, byte[][]> Scenarios => new()
    {
        { "a request with all there is", [Frames.OpenHeaders(1, HeaderBlock.Post[..9]), Frames.Continuation(1, HeaderBlock.Post[9..], last: true), Frames.PaddedData(1, "abc", 7), Frames.Data(1, "def"), Frames.Trailers(1, "a: b")] },
        { "control frames", [Frames.Ping(1), Frames.Settings((3, 5), (4, 100)), Frames.Priority(9, 1), Frames.Raw(0x77, 3, 0, new byte[33]), Frames.WindowUpdate(0, 5), Frames.Ping(2)] },
        { "a reset amid others", [Frames.Post(1), Frames.Post(3), Frames.Data(1, "x"), Frames.RstStream(1, ErrorCode.Cancel), Frames.Data(3, "y", end: true)] },
        { "an empty end", [Frames.Post(1), Frames.PaddedData(1, "", 0, end: true)] },
        { "a malformed request", [Frames.Headers(1, HeaderBlock.Of("a: b")), Frames.Data(1, "xyz", end: true), Frames.Get(3)] },
        { "data on a closed stream", [Frames.Post(1), Frames.RstStream(1, ErrorCode.Cancel), Frames.PaddedData(1, "abc", 4), Frames.Get(3)] },
        { "a body longer than promised", [Frames.Headers(1, HeaderBlock.PostWith("content-length: 2")), Frames.Data(1, "abc"), Frames.Data(1, "def", end: true), Frames.Get(3)] },
        { "a list above the limit", [Frames.Headers(1, HeaderBlock.PostWith("a: " + new string('a', 9000)))] },
        { "a padding error", [Frames.Post(1), Frames.Raw(0, 8, 1, [9, 1])] },
        { "a wrong size", [Frames.Get(1), Frames.Raw(6, 0, 0, [1, 2, 3])] },
        { "a frame too long", [Frames.Raw(0, 0, 1, new byte[100], 20_000)] },
        { "an interrupted block", [Frames.OpenHeaders(1, HeaderBlock.Get), Frames.Ping()] },
        { "a padded frame without its length", [Frames.Post(1), Frames.Raw(0, 8, 1, [])] },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Bytes_one_at_a_time_give_the_same_result_as_at_once(string what, byte[][] frames)
    {
        _ = what;
        var options = new WireOptions { MaxHeaderListSize = 4096 };
        var whole = ScriptedPeer.OfServer(options);
        var dripping = ScriptedPeer.OfServer(options, drips: true);
        whole.Send(frames);
        dripping.Send(frames);
        var told = whole.App.Take();
        Assert.NotEmpty(told.Concat(whole.SaidSettings.Select(s => s.ToString())));
        Assert.Equal(told, dripping.App.Take());
        Assert.Equal(whole.TakeFrames(), dripping.TakeFrames());
        Assert.Equal(whole.Connection.IsDead, dripping.Connection.IsDead);
        Assert.Equal(whole.Connection.Failure, dripping.Connection.Failure);
        Assert.Equal(whole.Connection.State.Windows.ConnectionCredit, dripping.Connection.State.Windows.ConnectionCredit);
    }

    [Fact]
    public void A_response_one_byte_at_a_time()
    {
        var peer = ScriptedPeer.OfClient(drips: true);
        peer.Opened();
        peer.Send(Frames.Headers(1, HeaderBlock.Of(":status: 100")), Frames.Ok(1), Frames.PaddedData(1, "abc", 3), Frames.Trailers(1, "a: b"));
        peer.Told("interim 1 100", "response 1 200", "data 1 abc", "trailers 1 a=b");
        peer.HoldsNothing();
    }
}
