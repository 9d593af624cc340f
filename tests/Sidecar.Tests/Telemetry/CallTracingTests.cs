using System.Diagnostics;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Tests.Telemetry;

[Collection("activities")]
public sealed class CallTracingTests : IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Sampled = $"00-{Trace}-00f067aa0ba902b7-01";
    private const string Unsampled = $"00-{Trace}-00f067aa0ba902b7-00";

    private readonly List<Activity> _started = [];
    private readonly ActivityListener _listener;

    public CallTracingTests()
    {
        TraceIds.Install();
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == CallSpan.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _started.Add,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public void A_sampled_call_continues_its_callers_trace()
    {
        var exchange = new Calls(TraceSampling.From(null, null)).Begin(("traceparent", Sampled), ("tracestate", "a=1"), ("tracestate", "b=2"));
        var span = Assert.Single(_started);
        Assert.Equal(Trace, span.TraceId.ToString());
        Assert.Equal("00f067aa0ba902b7", span.ParentSpanId.ToString());
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal([$"00-{Trace}-{span.SpanId}-01"], Calls.Values(exchange, "traceparent"));
        Assert.Equal(["a=1", "b=2"], Calls.Values(exchange, "tracestate"));
        Assert.Null(Activity.Current);
    }

    [Theory]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("nonsense")]
    public void An_invalid_traceparent_starts_a_new_trace_and_takes_its_tracestate_with_it(string bad)
    {
        var exchange = new Calls(TraceSampling.From(null, null)).Begin(("traceparent", bad), ("tracestate", "a=1"));
        var span = Assert.Single(_started);
        Assert.NotEqual(Trace, span.TraceId.ToString());
        Assert.Equal(default, span.ParentSpanId);
        Assert.Equal([$"00-{span.TraceId}-{span.SpanId}-01"], Calls.Values(exchange, "traceparent"));
        Assert.Empty(Calls.Values(exchange, "tracestate"));
    }

    [Fact]
    public void Two_traceparents_are_none()
    {
        var exchange = new Calls(TraceSampling.From(null, null)).Begin(("traceparent", Sampled), ("traceparent", Unsampled));
        var span = Assert.Single(_started);
        Assert.NotEqual(Trace, span.TraceId.ToString());
        Assert.Equal([$"00-{span.TraceId}-{span.SpanId}-01"], Calls.Values(exchange, "traceparent"));
    }

    [Fact]
    public void An_unsampled_call_keeps_its_head_and_has_no_span()
    {
        var exchange = new Calls(TraceSampling.From(null, null)).Begin(("traceparent", Unsampled), ("tracestate", "a=1"));
        Assert.Empty(_started);
        Assert.Equal([Unsampled], Calls.Values(exchange, "traceparent"));
        Assert.Equal(["a=1"], Calls.Values(exchange, "tracestate"));
    }

    [Fact]
    public void A_root_that_is_not_sampled_tells_later_hops_so_with_new_ids_each_time()
    {
        var calls = new Calls(TraceSampling.From("parentbased_traceidratio", "0"));
        var headers = Enumerable.Range(0, 3).Select(_ => Assert.Single(Calls.Values(calls.Begin(), "traceparent"))).ToList();
        Assert.Empty(_started);
        Assert.Equal(3, headers.Distinct().Count());
        Assert.All(headers, header =>
        {
            Assert.True(TraceParent.TryRead(System.Text.Encoding.ASCII.GetBytes(header), out var context));
            Assert.False(context.IsSampled);
        });
    }

    [Fact]
    public void A_decision_against_a_sampling_caller_goes_on_under_another_parent()
    {
        var header = Assert.Single(Calls.Values(new Calls(TraceSampling.From("always_off", null)).Begin(("traceparent", Sampled)), "traceparent"));
        Assert.Empty(_started);
        Assert.StartsWith($"00-{Trace}-", header, StringComparison.Ordinal);
        Assert.EndsWith("-00", header, StringComparison.Ordinal);
        Assert.DoesNotContain("00f067aa0ba902b7", header, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unsampled_B3_trace_goes_on_in_a_W3C_header()
    {
        var exchange = new Calls(TraceSampling.From(null, null)).Begin(("b3", $"{Trace}-00f067aa0ba902b7-0"));
        Assert.Empty(_started);
        Assert.Equal([Unsampled], Calls.Values(exchange, "traceparent"));
    }

    [Fact]
    public void A_root_has_the_trace_id_by_which_it_was_sampled()
    {
        var calls = new Calls(TraceSampling.From("traceidratio", "0.5"));
        var other = TraceSampling.From("traceidratio", "0.5");
        for (var i = 0; i < 200; i++)
        {
            var header = Assert.Single(Calls.Values(calls.Begin(), "traceparent"));
            Assert.True(TraceParent.TryRead(System.Text.Encoding.ASCII.GetBytes(header), out var context));
            Assert.Equal(context.IsSampled, other.ShouldSample(null, context.TraceLow));
        }

        Assert.InRange(_started.Count, 60, 140);
    }

    [Fact]
    public void Without_export_the_head_is_not_touched()
    {
        var exchange = new Calls(TraceSampling.Off).Begin(("traceparent", "nonsense"), ("tracestate", "a=1"));
        Assert.Empty(_started);
        Assert.Equal(["nonsense"], Calls.Values(exchange, "traceparent"));
        Assert.Equal(["a=1"], Calls.Values(exchange, "tracestate"));
    }

    [Theory]
    [InlineData(Unsampled)]
    [InlineData(null)]
    public void An_unsampled_call_allocates_nothing(string? traceparent)
    {
        var log = new Ring<AccessLogEntry?>(Direction.Outbound, size: 1000);
        var reader = new Forgetful();
        var calls = new Calls(TraceSampling.From("parentbased_always_off", null), new Ring<CallRecord>(Direction.Outbound, size: 10_000), log);
        var exchange = traceparent is null ? calls.Begin() : calls.Begin(("traceparent", traceparent));
        var attempt = calls.Attempt(exchange);
        var outcome = Outcome.Ok();
        var allocated = long.MaxValue;

        // The first round makes what is kept. Later ones may meet the runtime at making room for its own (the caches of casts and
        // of generic methods grow on whichever thread comes by), which it does seldom: what a call allocates, it does in each round.
        for (var round = 0; round < 9 && allocated > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                calls.Telemetry.OnBegin(exchange);
                calls.Telemetry.OnAttempt(exchange, attempt);
                calls.Telemetry.OnAttemptEnded(exchange, attempt, outcome);
                calls.Telemetry.OnEnd(exchange, outcome);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            log.Drain(reader);
        }

        Assert.Equal(0, log.Dropped);

        Assert.Empty(_started);
        Assert.Equal(0, allocated);
    }

    private sealed class Forgetful : IRingConsumer<AccessLogEntry?>
    {
        public void BeginRound()
        {
        }

        public void Consume(Direction direction, in AccessLogEntry? item)
        {
        }

        public void EndRound()
        {
        }
    }
}
