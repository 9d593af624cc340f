using Mesh.Hosting;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Readings;
using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Telemetry.Export;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// All that the sidecar tells of its calls beyond the admin pages: OTLP and the access log, each only if asked for. Made by
/// the process before its listeners; disposed when the last call is over, which sends what is left.
/// </summary>
internal sealed class SidecarTelemetry : IDisposable
{
    private readonly OtlpExport? _export;
    private readonly AccessLogWriter? _accessLog;
    private readonly Dictionary<(Worker, Direction), FlowTelemetry> _flows = [];

    private SidecarTelemetry(OtlpExport? export, AccessLogWriter? accessLog)
    {
        _export = export;
        _accessLog = accessLog;
    }

    public static SidecarTelemetry Start(SidecarView view, Log log)
    {
        var format = view.Options.AccessLog;
        var export = OtlpExport.Start(view, Environment.GetEnvironmentVariable, log);
        var accessLog = format == AccessLogFormat.Off ? null : new AccessLogWriter(format, Stdio.Out, view.Time, log);
        view.DroppedLines = () => accessLog?.Dropped ?? 0;
        view.DroppedRecords = () => export?.Dropped ?? 0;
        return new SidecarTelemetry(export, accessLog);
    }

    /// <summary>For the flows of one worker. Before the loops start, by the one thread that makes them.</summary>
    public FlowTelemetry For(Worker worker, Direction direction)
    {
        // Listeners of one loop share it: the rings have one writer, and are large.
        if (!_flows.TryGetValue((worker, direction), out var flow))
        {
            _flows[(worker, direction)] = flow = new FlowTelemetry(
                worker,
                direction,
                _export?.Sampling ?? TraceSampling.Off,
                _export?.AddRing(direction, CallRecord.RingSize),
                _accessLog?.AddRing(direction, AccessLogEntry.RingSize));
        }

        return flow;
    }

    public void Dispose()
    {
        _accessLog?.Dispose();
        _export?.Dispose();
    }
}
