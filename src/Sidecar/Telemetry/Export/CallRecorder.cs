using System.Diagnostics.Metrics;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Export;

/// <summary>
/// Feeds the SDK's histograms from what the loops have put into their rings, once a second, and keeps the readings of the
/// loops fresh for the gauges.
/// </summary>
internal sealed class CallRecorder : IRingConsumer<CallRecord>, IDisposable
{
    public const string MeterName = "Mesh.Sidecar";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>In rounds: what is idle for minutes is looked for once a minute.</summary>
    private const int RoundsBetweenForgetting = 60;

    private readonly Meter _meter = new(MeterName);
    private readonly ExpiringSeries _series;
    private readonly LatestReadings _readings;
    private readonly RingReader<CallRecord> _reader;
    private int _round;

    /// <param name="view">What the instruments read.</param>
    /// <param name="flush">Exports what there is, and waits for it, in a bounded time.</param>
    public CallRecorder(SidecarView view, Action flush)
    {
        _readings = new LatestReadings(view);
        _series = new ExpiringSeries(view.KnownClusters, service => _readings.StreamsOf(service), () => view.Now, flush);
        MeshInstruments.Add(_meter, view, _readings, () => Dropped);
        _reader = new RingReader<CallRecord>("metrics", Interval, this);
    }

    /// <summary>Calls that are missing in the histograms, since there was no room in a ring.</summary>
    public long Dropped => _reader?.Dropped ?? 0;

    /// <summary>For one writer.</summary>
    public Ring<CallRecord> AddRing(Direction direction, int size) => _reader.AddRing(direction, size);

    /// <summary>Takes in what there is until now.</summary>
    public void Dispose() => _reader.Dispose(); // the meter stays: the provider still reads it for the last export

    void IRingConsumer<CallRecord>.BeginRound() => _readings.Refresh();

    void IRingConsumer<CallRecord>.Consume(Direction direction, in CallRecord item) => _series.Record(direction, item);

    void IRingConsumer<CallRecord>.EndRound()
    {
        if (++_round % RoundsBetweenForgetting == 0)
        {
            _series.ForgetIdle();
        }
    }
}
