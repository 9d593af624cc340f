namespace Mesh.Sidecar.Telemetry;

/// <summary>How much a line of the log matters.</summary>
internal enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
}
