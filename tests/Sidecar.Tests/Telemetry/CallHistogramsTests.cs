using System.Diagnostics.Metrics;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Export;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class CallHistogramsTests
{
    [Theory]
    [InlineData(nameof(CallProtocol.Grpc), 0)]
    [InlineData(nameof(CallProtocol.Http1), 200)]
    [InlineData(nameof(CallProtocol.Http2), 404)]
    public void A_call_that_is_exported_allocates_nothing(string name, ushort status)
    {
        var protocol = Enum.Parse<CallProtocol>(name);
        using var meter = new Meter("test");
        var histograms = new CallHistograms(meter);
        var call = new CallRecord(new MethodStatistics("users", "GET"), Ticks: 10_000, CodeValue: 0, ReasonValue: 0, (byte)protocol, status);
        histograms.Record(Direction.Outbound, call, now: 0);
        histograms.Record(Direction.Inbound, call, now: 0);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            histograms.Record(Direction.Outbound, call, now: i);
            histograms.Record(Direction.Inbound, call, now: i);
        }

        // A boxed number takes 24 bytes; the runtime may allocate a little of its own, once.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000);
    }
}
