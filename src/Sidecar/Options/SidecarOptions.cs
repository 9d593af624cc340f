using Mesh.Hosting;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar.Options;

/// <summary>How an instance's health is checked.</summary>
/// <param name="Kind">What is asked.</param>
/// <param name="Path">For HTTP.</param>
internal sealed record HealthOption(HealthKind Kind, string Path = "");

internal enum HealthKind
{
    None,

    /// <summary>By gRPC if the app has its health service, else by a connection.</summary>
    Auto,
    Grpc,
    Http,
    Tcp,
}

internal enum AccessLogFormat
{
    Off,
    Text,
    Json,
}

/// <summary>What <c>--recorder</c> takes.</summary>
internal static class FlightRecorderSize
{
    public const long Default = 2 << 20;

    /// <summary>Less keeps no call that is worth the name.</summary>
    public const long Least = 64 << 10;

    /// <summary>What a question reads through must not take seconds.</summary>
    public const long Most = 256 << 20;
}

/// <summary>What the sidecar was started with; each is an option and a MESH_* variable.</summary>
internal sealed record SidecarOptions
{
    public string? Service { get; init; }

    /// <summary>HOST:PORT, or <c>unix:/PATH</c>; null for a pure client.</summary>
    public string? App { get; init; }

    public AppProtocol AppProtocol { get; init; }

    /// <summary>Tried in turn; empty with a static file.</summary>
    public IReadOnlyList<Uri> ControlPlane { get; init; } = [];

    public string? StaticFile { get; init; }

    /// <summary>The folder of the last good snapshot; null keeps none.</summary>
    public string? Cache { get; init; }

    public HostPort Outbound { get; init; }

    public IReadOnlyList<KeyValuePair<string, HostPort>> Upstreams { get; init; } = [];

    public HostPort Inbound { get; init; }

    public HostPort? Advertise { get; init; }

    public HostPort Admin { get; init; }

    public IReadOnlyList<string> AdminHosts { get; init; } = [];

    /// <summary>Whose pages may call from a browser.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>What their scripts may read of an answer, beside gRPC's own fields; in lower case.</summary>
    public IReadOnlyList<string> CorsExposedHeaders { get; init; } = [];

    public string InstanceId { get; init; } = "";

    /// <summary>Registers even if another process that is alive has the instance id.</summary>
    public bool TakeOver { get; init; }

    public string Version { get; init; } = "";

    public string Locality { get; init; } = "";

    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>1 to 10,000; null if none is given.</summary>
    public int? Weight { get; init; }

    public HealthOption Health { get; init; } = new(HealthKind.None);

    /// <summary>Null if there is no identity of our own.</summary>
    public TlsFiles? Tls { get; init; }

    public MtlsMode Mtls { get; init; }

    /// <summary>Who the instance says it is at registration; null if nobody.</summary>
    public SpiffeId? Identity { get; init; }

    /// <summary>Nobody's calls are let in whom no rule of authorization allows.</summary>
    public bool IsClosed { get; init; }

    /// <summary>The file with a token by which the sidecar joins the mesh; null if there is none.</summary>
    public string? JoinTokenFile { get; init; }

    /// <summary>The folder where the sidecar's identity is kept; null keeps none.</summary>
    public string? IdentityFolder { get; init; }

    public AccessLogFormat AccessLog { get; init; }

    /// <summary>Bytes for the calls that are remembered, of all loops together; 0 remembers none.</summary>
    public long Recorder { get; init; } = FlightRecorderSize.Default;

    /// <summary>What takes longer to answer is remembered as slow; zero: nothing is.</summary>
    public TimeSpan SlowCall { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan DrainGrace { get; init; }

    public int Concurrency { get; init; } = 1;

    /// <summary>What the process may take, in bytes; null leaves it to the limit in force.</summary>
    public long? MemoryLimit { get; init; }

    /// <summary>The app that is started, with its arguments; empty if somebody else starts it.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How long that app waits for us to be ready before it is started all the same.</summary>
    public TimeSpan ExecWait { get; init; }

    public LogLevel LogLevel { get; init; } = LogLevel.Information;
}
