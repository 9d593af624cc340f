using Mesh.Sidecar.Telemetry.AccessLog;
using Mesh.Sidecar.Telemetry.Export;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry;

/// <summary>
/// All that the sidecar tells of its calls beyond the admin pages: OTLP and the access log, each only if asked for. Made by
/// the process before its listeners; disposed when the last call is over, which sends what is left.
/// </summary>
internal sealed class SidecarTelemetry : IDisposable
{
    private readonly OtlpExport? _export;
    private readonly AccessLogWriter? _accessLog;
    private readonly Log _log;
    private readonly Dictionary<(Worker, Direction), FlowTelemetry> _flows = [];

    private SidecarTelemetry(OtlpExport? export, AccessLogWriter? accessLog, Log log)
    {
        _export = export;
        _accessLog = accessLog;
        _log = log;
    }

    public static SidecarTelemetry Start(SidecarView view, Log log)
    {
        var format = view.Options.AccessLog;
        return new SidecarTelemetry(
            OtlpExport.Start(view, Environment.GetEnvironmentVariable, log),
            format == AccessLogFormat.Off ? null : new AccessLogWriter(format, Console.OpenStandardOutput(), view.Time),
            log);
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
                _export?.AddRecords(direction),
                _accessLog?.AddRing(direction));
        }

        return flow;
    }

    public void Dispose()
    {
        _accessLog?.Dispose();
        if (_accessLog is { Dropped: > 0 and var dropped })
        {
            _log.Warn($"access log: {dropped} lines were left out, since stdout was not read fast enough");
        }

        _export?.Dispose();
    }
}
