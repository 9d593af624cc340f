using System.Diagnostics.CodeAnalysis;
using System.Net;
using Mesh.Hosting;
using Mesh.Resources;
using Mesh.Sidecar.Exec;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Registration;
using Microsoft.Extensions.Logging;

namespace Mesh.Sidecar;

/// <summary>The sidecar's command line.</summary>
internal sealed class SidecarOptionSet
{
    private readonly OptionSet _set = new("mesh-sidecar", "Proxies the calls of the service beside it, and those to it.");
    private readonly Setting<string> _service;
    private readonly Setting<string> _app;
    private readonly Setting<AppProtocol> _appProtocol;
    private readonly Setting<IReadOnlyList<Uri>> _controlPlane;
    private readonly Setting<string> _static;
    private readonly Setting<string> _cache;
    private readonly Setting<HostPort> _outbound;
    private readonly Setting<IReadOnlyList<KeyValuePair<string, HostPort>>> _upstreams;
    private readonly Setting<HostPort> _inbound;
    private readonly Setting<HostPort> _advertise;
    private readonly Setting<HostPort> _admin;
    private readonly Setting<IReadOnlyList<string>> _adminHosts;
    private readonly Setting<IReadOnlyList<string>> _corsOrigins;
    private readonly Setting<IReadOnlyList<string>> _corsExposedHeaders;
    private readonly Setting<string> _instanceId;
    private readonly Setting<bool> _takeOver;
    private readonly Setting<string> _version;
    private readonly Setting<string> _locality;
    private readonly Setting<IReadOnlyList<KeyValuePair<string, string>>> _metadata;
    private readonly Setting<HealthOption> _health;
    private readonly Setting<int> _weight;
    private readonly Setting<string> _tlsCert;
    private readonly Setting<string> _tlsKey;
    private readonly Setting<string> _tlsCa;
    private readonly Setting<MtlsMode> _mtls;
    private readonly Setting<bool> _defaultAccess;
    private readonly Setting<string> _joinToken;
    private readonly Setting<string> _identity;
    private readonly Setting<AccessLogFormat> _accessLog;
    private readonly Setting<long> _recorder;
    private readonly Setting<TimeSpan> _slowCall;
    private readonly Setting<TimeSpan> _drainGrace;
    private readonly Setting<TimeSpan> _execWait;
    private readonly Setting<int> _concurrency;
    private readonly Setting<long> _memoryLimit;
    private readonly Setting<LogLevel> _logLevel;

    public SidecarOptionSet()
    {
        _service = _set.Add("service", ValueKinds.ServiceName, null, "The service beside this sidecar; none for a pure client.");
        _app = _set.Add("app", ValueKinds.AppAddress, null, "Where that service listens; calls that come in go there. A name is looked up as it changes. Wants --service. Without it nothing is registered and no call comes in.");
        _appProtocol = _set.Add(
            "app-protocol",
            ValueKinds.OneOf(("auto", AppProtocol.Auto), ("http1", AppProtocol.Http1), ("http2", AppProtocol.Http2)),
            "auto",
            "What --app is spoken to in: auto is what the caller speaks, and HTTP/1.1 where the app turns out to know nothing else. gRPC is HTTP/2 always.");
        _controlPlane = _set.Add("control-plane", ValueKinds.Urls, null, "Where the control plane is; several that share a store are for failover. It or --static must be given.");
        _static = _set.Add("static", ValueKinds.Text("FILE", "the path of a file"), null, "A YAML file of services, endpoints and policy instead of a control plane.");
        _cache = _set.Add("cache", ValueKinds.Text("DIR", "the path of a folder"), null, "A folder for the last good snapshot, by which calls go on after a restart while no control plane is there.");
        _outbound = _set.Add("outbound", ValueKinds.ListenAddress, "127.0.0.1:15001", "Where the service's own calls are taken; the authority names the service called.");
        _upstreams = _set.AddRepeated("upstream", ValueKinds.NamedListenAddress, "A local port for the calls to one service, whatever their authority.");
        _inbound = _set.Add("inbound", ValueKinds.ListenAddress, "0.0.0.0:15006", "Where calls to the service are taken; [::] is any address of both families.");
        _advertise = _set.Add("advertise", ValueKinds.ConnectAddress, null, "How others reach the inbound side; by default the address of --inbound, unless that is any (0.0.0.0, [::]): then it must be given, if there are --app and --control-plane.");
        _admin = _set.Add("admin", ValueKinds.ListenAddress, "127.0.0.1:15020", "Where /livez, /readyz, /metrics, /config, /clusters, /connections, /calls, /drain and /log-level are.");
        _adminHosts = _set.Add(
            "admin-hosts",
            ValueKinds.HostNames,
            null,
            "Host names under which --admin may be asked, beside localhost and addresses: on loopback, or everywhere once some are listed, "
            + "any other is refused with 421, since a web page in a browser on this machine can have a name of its own point here. * takes any.");
        _corsOrigins = _set.Add(
            "cors-origins",
            ValueKinds.Origins,
            null,
            "Origins whose pages may make calls of gRPC-Web to --outbound from a browser, as the browser writes them (https://shop.example:8443); * allows all.");
        _corsExposedHeaders = _set.Add(
            "cors-exposed-headers",
            ValueKinds.FieldNames,
            null,
            "Fields of an answer, beside gRPC's own, that scripts of these pages may read; * is all. Only with --cors-origins.");
        _instanceId = _set.Add("instance-id", ValueKinds.Text("ID", "an id of at least one character (for example orders-1)"), null, "The instance's id; by default one is made up.");
        _takeOver = _set.AddFlag("take-over", "Registers even if another process that is alive has this instance id, which that one loses. Without it, that one keeps it.");
        _version = _set.Add("service-version", ValueKinds.Text("VERSION", "a version of at least one character (for example 1.4.2)"), null, "The version of the service that the instance runs.");
        _locality = _set.Add("locality", ValueKinds.Text("REGION/ZONE", "REGION/ZONE, or REGION alone (for example eu-west/a)"), null, "Where the instance runs.");
        _metadata = _set.AddRepeated("metadata", ValueKinds.KeyValue, "A label of the instance.");
        _weight = _set.Add("weight", ValueKinds.WholeNumber(1, 10_000), null, "The instance's share of the traffic relative to the others; without it 100.");
        _health = _set.Add(
            "health",
            HealthValue,
            "auto",
            "How the service's health is checked before it is registered, and from then on; auto asks gRPC's health service if the app has it, else for a connection.");
        _tlsCert = _set.Add("tls-cert", ValueKinds.Text("FILE", "the path of a file"), null, "This sidecar's certificate in PEM, with those that lead to an anchor behind it; its one URI is a SPIFFE id. Read again when it changes.");
        _tlsKey = _set.Add("tls-key", ValueKinds.Text("FILE", "the path of a file"), null, "The key of --tls-cert in PEM, not encrypted.");
        _tlsCa = _set.Add("tls-ca", ValueKinds.Text("FILE", "the path of a file"), null, "The certificates in PEM that are trusted: whose signature makes callers and endpoints who they say they are.");
        _mtls = _set.Add(
            "mtls",
            ValueKinds.OneOf(("strict", MtlsMode.Strict), ("permissive", MtlsMode.Permissive), ("off", MtlsMode.Off)),
            "strict",
            "With --tls-cert: strict takes callers on --inbound by mutual TLS alone, permissive in clear as well. Endpoints that have an identity are called by it in both; off leaves all in clear.");
        _defaultAccess = _set.Add(
            "default-access",
            ValueKinds.OneOf(("allow", false), ("deny", true)),
            "allow",
            "Whose calls come in where the service's configuration has no rule that allows any (inbound.authorization.allow): everybody's, or nobody's.");
        _joinToken = _set.Add(
            "join-token-file",
            ValueKinds.Text("FILE", "the path of a file"),
            null,
            "A file with a token (meshctl token create) by which this sidecar gets its certificate from the control plane; MESH_JOIN_TOKEN may hold the token itself. Wants --service.");
        _identity = _set.Add("identity", ValueKinds.Text("DIR", "the path of a folder"), null, "A folder for that certificate and its key, so that a restart needs no token; readable by its owner alone.");
        _accessLog = _set.Add(
            "access-log",
            ValueKinds.OneOf(("off", AccessLogFormat.Off), ("text", AccessLogFormat.Text), ("json", AccessLogFormat.Json)),
            "off",
            "One line on stdout per call.");
        _recorder = _set.Add(
            "recorder",
            RecorderValue,
            "2Mi",
            "Memory for the last calls that failed or were slow, for /calls and meshctl why; 64Ki to 256Mi, or off.");
        _slowCall = _set.Add("slow-call", ValueKinds.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), "1s", "What takes longer until its answer begins is remembered as slow; 0s: nothing is.");
        _drainGrace = _set.Add("drain-grace", ValueKinds.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), "30s", "How long calls under way may take to finish at the end.");
        _execWait = _set.Add("exec-wait", ValueKinds.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)), "30s", "With exec: how long the app waits for the sidecar to be ready before it is started all the same.");
        _concurrency = _set.Add(
            "concurrency",
            ValueKinds.WholeNumber(1, Workers.WorkerLoop.Most),
            "1",
            "Event loops. One carries what most services send; add one per further core the sidecar may use.");
        _memoryLimit = _set.Add(
            "memory-limit",
            ValueKinds.Size(32L << 20, 1L << 40),
            null,
            "The memory the process may take, a quarter of it beside the heap; by default the container's limit, if there is one. Near it new calls are refused.");
        _set.AddVerb(ExecVerb.Name, ExecVerb.Summary);
        _set.AddVerb(ProbeVerb.Name, ProbeVerb.Summary);
        _logLevel = _set.Add("log-level", LogLevels.Kind, "info", "What is told on stderr: this and what is graver.");
    }

    private static ValueKind<long> RecorderValue { get; } = new(
        "SIZE|off",
        "a size of 64Ki to 256Mi (for example 2Mi), or off",
        (string text, out long value) =>
        {
            value = 0;
            return text == "off" || (SizeText.TryParse(text, out value) && value is >= FlightRecorderSize.Least and <= FlightRecorderSize.Most);
        });

    private static ValueKind<HealthOption> HealthValue { get; } = new(
        "auto|grpc|http:/PATH|tcp|none",
        "auto, grpc, http:/PATH, tcp or none (for example http:/healthz: a path, as the app's address is given by --app)",
        (string text, [MaybeNullWhen(false)] out HealthOption value) =>
        {
            value = text switch
            {
                "auto" => new HealthOption(HealthKind.Auto),
                "none" => new HealthOption(HealthKind.None),
                "grpc" => new HealthOption(HealthKind.Grpc),
                "tcp" => new HealthOption(HealthKind.Tcp),
                _ when text.StartsWith("http:/", StringComparison.Ordinal) && !text.StartsWith("http://", StringComparison.Ordinal) => new HealthOption(HealthKind.Http, text["http:".Length..]),
                _ => null,
            };
            return value is not null;
        });

    /// <summary>What the command line says, or null if the process is to end with <paramref name="exitCode"/>.</summary>
    public SidecarOptions? Read(string[] args, out int exitCode)
    {
        if (!_set.TryRead(args, out var values, out exitCode))
        {
            return null;
        }

        var fault = values.IsGiven(_controlPlane) && values.IsGiven(_static) ? (_static, "a control plane is given as well; choose one of the two")
            : !values.IsGiven(_controlPlane) && !values.IsGiven(_static) ? (_controlPlane, "neither it nor --static is given; one must say which services there are")
            : values.IsGiven(_cache) && values.IsGiven(_static) ? (_cache, "a static file needs none; leave it out, or give --control-plane instead of --static")
            : values.IsGiven(_app) && !values.IsGiven(_service) ? (_app, "an app needs a name; give --service as well")
            : values.IsGiven(_appProtocol) && !values.IsGiven(_app) && values.Get(_appProtocol) != AppProtocol.Auto ? (_appProtocol, "there is no app to speak to; give --app as well")
            : TlsFaultOf(values) is { } tls ? tls
            : values.IsGiven(_joinToken) && (values.IsGiven(_static) || !values.IsGiven(_service)) ? (_joinToken, "is for a sidecar with --control-plane and --service, which issue an identity and say of what")
            : values.IsGiven(_identity) && (values.IsGiven(_static) || !values.IsGiven(_service)) ? (_identity, "is for a sidecar with --control-plane and --service, which issue an identity and say of what")
            : values.IsGiven(_health) && !values.IsGiven(_app) && values.Get(_health).Kind != HealthKind.None ? (_health, "there is no app to check; give --app as well")
            : values.IsGiven(_controlPlane) && values.IsGiven(_app) && !values.IsGiven(_advertise) && IsAnyAddress(values.Get(_inbound))
                ? (_advertise, $"is needed, as others cannot reach {values.Get(_inbound).Host}; give HOST:PORT, or --inbound with an address of its own")
            : default((Setting, string)?);
        if (fault is var (setting, why))
        {
            exitCode = _set.Refuse(setting, why);
            return null;
        }

        var options = Collect(values);
        if (FaultOf(options) is var (place, what))
        {
            exitCode = _set.Refuse(place, what);
            return null;
        }

        return options;
    }

    private (Setting, string)? TlsFaultOf(OptionValues values)
    {
        Setting<string>[] all = [_tlsCert, _tlsKey, _tlsCa];
        var missing = Array.Find(all, setting => !values.IsGiven(setting));
        return missing is not null && Array.Exists(all, values.IsGiven) ? (missing, "is needed as well: --tls-cert, --tls-key and --tls-ca make an identity together")
            : missing is not null && values.IsGiven(_mtls) && values.Get(_mtls) != MtlsMode.Off ? (_mtls, "there is no identity to go by; give --tls-cert, --tls-key and --tls-ca as well")
            : null;
    }

    private TlsFiles? TlsFilesOf(OptionValues values) =>
        values.TryGet(_tlsCert, out var certificate) && values.TryGet(_tlsKey, out var key) && values.TryGet(_tlsCa, out var anchors) && values.Get(_mtls) != MtlsMode.Off
            ? new TlsFiles(certificate, key, anchors)
            : null;

    private SidecarOptions Collect(OptionValues values)
    {
        return new SidecarOptions
        {
            Service = values.TryGet(_service, out var service) ? service : null,
            App = values.TryGet(_app, out var app) ? app : null,
            AppProtocol = values.Get(_appProtocol),
            ControlPlane = values.TryGet(_controlPlane, out var urls) ? urls : [],
            StaticFile = values.TryGet(_static, out var file) ? file : null,
            Cache = values.TryGet(_cache, out var cache) ? cache : null,
            Outbound = values.Get(_outbound),
            Upstreams = values.Get(_upstreams),
            Inbound = values.Get(_inbound),
            Advertise = values.TryGet(_advertise, out var advertise) ? advertise : null,
            Admin = values.Get(_admin),
            Tls = TlsFilesOf(values),
            Mtls = values.Get(_mtls),
            CorsOrigins = values.TryGet(_corsOrigins, out var corsOrigins) ? corsOrigins : [],
            CorsExposedHeaders = values.TryGet(_corsExposedHeaders, out var exposed) ? exposed : [],
            AdminHosts = values.TryGet(_adminHosts, out var adminHosts) ? adminHosts : [],
            InstanceId = values.TryGet(_instanceId, out var id) ? id : Guid.NewGuid().ToString("N")[..12],
            TakeOver = values.Get(_takeOver),
            Version = values.TryGet(_version, out var version) ? version : "",
            Locality = values.TryGet(_locality, out var locality) ? locality : "",
            Metadata = values.Get(_metadata),
            Weight = values.TryGet(_weight, out var weight) ? weight : null,
            Health = values.Get(_health),
            IsClosed = values.Get(_defaultAccess),
            JoinTokenFile = values.TryGet(_joinToken, out var joinToken) ? joinToken : null,
            IdentityFolder = values.TryGet(_identity, out var identity) ? identity : null,
            AccessLog = values.Get(_accessLog),
            Recorder = values.Get(_recorder),
            SlowCall = values.Get(_slowCall),
            DrainGrace = values.Get(_drainGrace),
            ExecWait = values.Get(_execWait),
            Concurrency = values.Get(_concurrency),
            MemoryLimit = values.TryGet(_memoryLimit, out var memory) ? memory : null,
            LogLevel = values.Get(_logLevel),
        };
    }

    /// <summary>What the registry would refuse is refused here, at once and by the option's name.</summary>
    private (Setting, string)? FaultOf(SidecarOptions options)
    {
        if (LocalityText.WhyNot(options.Locality) is { } why)
        {
            return (_locality, why);
        }

        if (ReservedName.WhyNot(options.Service ?? "") is { } ownName)
        {
            return (_service, ownName);
        }

        if (options.Upstreams.Select(upstream => ReservedName.WhyNot(upstream.Key)).FirstOrDefault(why => why is not null) is { } upstreamName)
        {
            return (_upstreams, upstreamName);
        }

        if (options is { CorsExposedHeaders.Count: > 0, CorsOrigins.Count: 0 })
        {
            return (_corsExposedHeaders, "has no effect without --cors-origins");
        }

        (string Field, Setting Setting)[] places =
        [
            ("instance.id", _instanceId), ("instance.version", _version), ("instance.locality", _locality),
            ("instance.metadata", _metadata), ("instance.address", _advertise), ("health_check", _health), ("dependencies", _upstreams),
        ];
        // Of a pure client, or before the port is known, stand-ins are checked.
        var described = options with { Service = options.Service ?? "client" };
        var registration = InstanceDescription.Of(described, options.Advertise ?? new HostPort("127.0.0.1", 1), []);
        foreach (var fault in InstanceValidation.Validate(registration))
        {
            var (field, setting) = Array.Find(places, place => fault.StartsWith(place.Field, StringComparison.Ordinal));
            if (setting is not null)
            {
                return (setting, fault[field.Length..].TrimStart(':', ' '));
            }
        }

        return null;
    }

    private static bool IsAnyAddress(HostPort address) =>
        address.TryGetEndPoint(out var endPoint) && (endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any));
}
