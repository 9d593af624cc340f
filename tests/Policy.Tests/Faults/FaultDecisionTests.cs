using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Tests.Faults;

public class FaultDecisionTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(0)]
    [InlineData(12.5)]
    [InlineData(0.1)]
    public void A_percentage_of_the_calls_are_hit(double percent)
    {
        var options = new FaultOptions { Delay = TimeSpan.FromSeconds(1), DelayPercent = percent, Abort = FaultStatus.OfHttp(503), AbortPercent = percent };
        var call = new TestCall();
        const int calls = 100_000;
        var (delayed, aborted) = (0, 0);
        for (var i = 0; i < calls; i++)
        {
            delayed += FaultDecision.DelayOf(options, call) > 0 ? 1 : 0;
            aborted += FaultDecision.IsAborted(options, call, out _) ? 1 : 0;
        }

        Assert.InRange(delayed, calls * percent / 100 * 0.7, calls * percent / 100 * 1.3);
        Assert.InRange(aborted, calls * percent / 100 * 0.7, calls * percent / 100 * 1.3);
    }

    [Theory]
    [InlineData("250", 250)]
    [InlineData("0", 0)]
    [InlineData("3600000", 3_600_000)]
    [InlineData("3600001", 7)]
    [InlineData("-1", 7)]
    [InlineData("1s", 7)]
    [InlineData("", 7)]
    public void A_caller_asks_for_a_delay_and_nonsense_says_nothing(string asked, int milliseconds)
    {
        var options = new FaultOptions { Delay = TimeSpan.FromMilliseconds(7), ByHeader = true };
        var call = new TestCall(("x-mesh-fault-delay", asked));
        Assert.Equal(Time.Millis(milliseconds), FaultDecision.DelayOf(options, call));
        Assert.Equal(Time.Millis(7), FaultDecision.DelayOf(options with { ByHeader = false }, call));
    }

    [Theory]
    [InlineData("UNAVAILABLE", 14, 503)]
    [InlineData("14", 14, 503)]
    [InlineData("8", 8, 429)]
    [InlineData("418", 2, 418)]
    [InlineData("200", 2, 200)]
    [InlineData("503", 14, 503)]
    public void A_caller_asks_for_an_answer(string asked, int grpc, int http)
    {
        var call = new TestCall(("x-mesh-fault-abort", asked));
        Assert.True(FaultDecision.IsAborted(new FaultOptions { ByHeader = true }, call, out var status));
        Assert.Equal(new FaultStatus(grpc, http), status);
        Assert.False(FaultDecision.IsAborted(FaultOptions.None, call, out _));
    }

    [Theory]
    [InlineData("OK")]
    [InlineData("0")]
    [InlineData("17")]
    [InlineData("199")]
    [InlineData("600")]
    [InlineData("unavailable")]
    [InlineData("14 ")]
    [InlineData("")]
    public void What_is_no_status_says_nothing(string asked) =>
        Assert.False(FaultDecision.IsAborted(new FaultOptions { ByHeader = true }, new TestCall(("x-mesh-fault-abort", asked)), out _));

    [Fact]
    public void Every_code_of_gRPC_has_an_HTTP_status_that_is_an_error()
    {
        for (var code = 1; code < GrpcStatus.Names.Length; code++)
        {
            Assert.InRange(FaultStatus.OfGrpc(code).Http, 400, 599);
        }
    }
}
