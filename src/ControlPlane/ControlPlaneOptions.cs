using System.Diagnostics.CodeAnalysis;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Store;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.ControlPlane;

/// <summary>The command line.</summary>
internal sealed class ControlPlaneOptions
{
    private static readonly TimeSpan _shortestTtl = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _longestTtl = TimeSpan.FromHours(1);

    private readonly OptionSet _options = new("mesh-control-plane", "Holds the mesh's registry and configuration and streams both to the sidecars.");
    private readonly Setting<HostPort> _grpc;
    private readonly Setting<HostPort> _http;
    private readonly Setting<IReadOnlyList<string>> _httpHosts;
    private readonly Setting<StoreOptions> _store;
    private readonly Setting<string> _config;
    private readonly Setting<TimeSpan> _leaseTtl;
    private readonly Setting<LogLevel> _logLevel;

    public ControlPlaneOptions()
    {
        _grpc = _options.Add("grpc", ValueKinds.ListenAddress, "127.0.0.1:15010",
            "Where the API listens, with reflection and health: gRPC on cleartext HTTP/2. Port 0 takes a free one.");
        _http = _options.Add("http", ValueKinds.ListenAddress, "127.0.0.1:15014",
            "Where /livez, /readyz and /metrics are served by HTTP/1.1. Port 0 takes a free one.");
        _httpHosts = _options.Add("http-hosts", ValueKinds.HostNames, null,
            "Host names under which --http may be asked, beside localhost and addresses: on loopback, or everywhere once some are listed, "
            + "any other is refused with 421, since a web page in a browser on this machine can have a name of its own point here. * takes any.");
        _store = _options.Add("store", StoreOptionKind.Value, "memory",
            "Where registry and configuration are kept: in memory, for as long as the process lives, or in an SQLite database, "
            + "which is made if it is not there.");
        _config = _options.Add("config", ValueKinds.Text("FILE|FOLDER", "the path of a file or a folder"), null,
            "YAML resources applied at start: a file, or every *.yaml and *.yml of a folder. One that says what it said at "
            + "the last start is not applied again, so that what was applied since stays.");
        _leaseTtl = _options.Add("lease-ttl", ValueKinds.Duration(_shortestTtl, _longestTtl), "10s",
            "How long an instance stays when nothing is heard of its sidecar.");
        _logLevel = _options.Add("log-level",
            LogLevels.Kind,
            "info",
            "What is logged on stderr: this and what is graver.");
    }

    /// <summary>Reads the command line, the environment and the files it names; false if the process is to end.</summary>
    public bool TryRead(string[] args, [NotNullWhen(true)] out ControlPlaneSettings? settings, out int exitCode)
    {
        settings = null;
        if (!_options.TryRead(args, out var values, out exitCode))
            return false;
        IReadOnlyList<ConfigResource> config = [];
        if (values.TryGet(_config, out var path) && !ConfigFiles.TryRead(path, out config, out var faults))
        {
            foreach (var fault in faults)
                exitCode = _options.Refuse(_config, fault);
            return false;
        }

        settings = new ControlPlaneSettings
        {
            Grpc = values.Get(_grpc),
            Http = values.Get(_http),
            HttpHosts = values.TryGet(_httpHosts, out var hosts) ? hosts : [],
            Store = values.Get(_store),
            Registry = new() { LeaseTtl = values.Get(_leaseTtl) },
            Config = config,
            LogLevel = values.Get(_logLevel),
        };
        return true;
    }

    /// <summary>Says in one line why the process cannot run although it was started rightly, and returns its exit code.</summary>
    public int Fail(string why)
    {
        Console.Error.WriteLine($"{_options.Executable}: {why.ReplaceLineEndings(" ")}");
        return 1;
    }
}
