using System.Diagnostics.CodeAnalysis;
using System.Text;
using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Trust;
using Mesh.Hosting;
using Mesh.Messaging;
using Mesh.Resources.Files;
using Mesh.V1;

namespace Mesh.ControlPlane;

/// <summary>The command line.</summary>
internal sealed class ControlPlaneOptions
{
    private static readonly TimeSpan ShortestTtl = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestTtl = TimeSpan.FromHours(1);
    private static readonly TimeSpan ShortestCertificate = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestCertificate = TimeSpan.FromDays(90);

    private readonly OptionSet _options = new("mesh-control-plane", "Holds the mesh's registry and configuration and streams both to the sidecars.");
    private readonly Setting<HostPort> _grpc;
    private readonly Setting<HostPort> _http;
    private readonly Setting<IReadOnlyList<string>> _httpHosts;
    private readonly Setting<StoreOptions> _store;
    private readonly Setting<BrokerOptions> _broker;
    private readonly Setting<MessagingLimits> _brokerLimits;
    private readonly Setting<string> _etcdPrefix;
    private readonly Setting<string> _etcdCa;
    private readonly Setting<string> _etcdCert;
    private readonly Setting<string> _etcdKey;
    private readonly Setting<string> _etcdUser;
    private readonly Setting<string> _etcdPassword;
    private readonly Setting<HostPort> _advertise;
    private readonly Setting<string> _config;
    private readonly Setting<TimeSpan> _leaseTtl;
    private readonly Setting<string> _trustDomain;
    private readonly Setting<string> _caCert;
    private readonly Setting<string> _caKey;
    private readonly Setting<TimeSpan> _certificateTtl;
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
            "Where registry and configuration are kept: in memory, for as long as the process lives, in an SQLite database, "
            + "which is made if it is not there, or in an etcd that several control planes share.");
        _broker = _options.Add("broker", BrokerOptionKind.Place, null,
            "Where events and queues are kept: in memory, which is a file that goes with the process, in an SQLite database, which is made if it is "
            + "not there, in a PostgreSQL database that several control planes share (the password is better given as MESH_BROKER than here), or nowhere. Default: beside the store, in its PATH and .messages; memory if that is in memory; off if it is in etcd.");
        _brokerLimits = _options.Add("broker-limits", BrokerOptionKind.Limit, null,
            "What events and queues may take where it is not as docs/messaging.md says.");
        _etcdPrefix = _options.Add("etcd-prefix", ValueKinds.Text("PREFIX", "a prefix of keys that begins and ends with a slash"), "/mesh/",
            "What every key in etcd begins with; each mesh in the same etcd needs one of its own.");
        _etcdCa = _options.Add("etcd-ca", ValueKinds.Text("FILE", "the path of a file"), null,
            "PEM file of those who may sign the certificates of etcd's members; without it those that the machine trusts.");
        _etcdCert = _options.Add("etcd-cert", ValueKinds.Text("FILE", "the path of a file"), null, "PEM file of the certificate that is shown to etcd.");
        _etcdKey = _options.Add("etcd-key", ValueKinds.Text("FILE", "the path of a file"), null, "PEM file of its key.");
        _etcdUser = _options.Add("etcd-user", ValueKinds.Text("NAME", "the name of a user"), null, "Who logs in at etcd.");
        _etcdPassword = _options.Add("etcd-password-file", ValueKinds.Text("FILE", "the path of a file"), null,
            "File with that user's password, read at each login.");
        _advertise = _options.Add("advertise", ValueKinds.ConnectAddress, null,
            "Where others reach this control plane's API, shown by meshctl list replicas, and used by the others that share the store for meshctl rollout; without it the address it listens on.");
        _config = _options.Add("config", ValueKinds.Text("FILE|FOLDER", "the path of a file or a folder"), null,
            "YAML resources applied at start: a file, or every *.yaml and *.yml of a folder. One that says what it said at "
            + "the last start is not applied again, so that what was applied since stays.");
        _leaseTtl = _options.Add("lease-ttl", ValueKinds.Duration(ShortestTtl, LongestTtl), "10s",
            "How long an instance stays when nothing is heard of its sidecar.");
        _trustDomain = _options.Add("trust-domain", ValueKinds.Text("NAME", "a name of lower-case letters, digits, dots, hyphens and underscores"), null,
            $"Of every identity: spiffe://NAME/service/SERVICE. Without it that of the store, and in an empty one {TrustOptions.DefaultTrustDomain}.");
        _caCert = _options.Add("ca-cert", ValueKinds.Text("FILE", "the path of a file"), null,
            "PEM file of an authority that is to issue the sidecars' certificates: the one that signs, and behind it those up to the anchor. Without it the mesh has one of its own, kept in the store.");
        _caKey = _options.Add("ca-key", ValueKinds.Text("FILE", "the path of a file"), null, "PEM file of its key, EC and not encrypted, which stays in this process.");
        _certificateTtl = _options.Add("certificate-ttl", ValueKinds.Duration(ShortestCertificate, LongestCertificate), "24h",
            "How long certificates of sidecars are valid; each is renewed at half of it.");
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
        {
            return false;
        }

        if (!TryStore(values, out var store, out var refused))
        {
            exitCode = refused;
            return false;
        }

        IReadOnlyList<ConfigResource> config = [];
        if (values.TryGet(_config, out var path) && !ConfigFiles.TryRead(path, out config, out var faults))
        {
            foreach (var fault in faults)
            {
                exitCode = _options.Refuse(_config, fault);
            }

            return false;
        }

        if (!TryTrust(values, out var trust, out refused))
        {
            exitCode = refused;
            return false;
        }

        settings = new ControlPlaneSettings
        {
            Grpc = values.Get(_grpc),
            Http = values.Get(_http),
            HttpHosts = values.TryGet(_httpHosts, out var hosts) ? hosts : [],
            Store = store,
            Broker = BrokerOf(values, store),
            Registry = new() { LeaseTtl = values.Get(_leaseTtl) },
            Replica = new()
            {
                SessionTtl = ReplicaOptions.SessionTtlFor(values.Get(_leaseTtl)),
                Address = (values.TryGet(_advertise, out var advertise) ? advertise : values.Get(_grpc)).ToString(),
            },
            Config = config,
            Trust = trust,
            LogLevel = values.Get(_logLevel),
        };
        return true;
    }

    private BrokerOptions BrokerOf(OptionValues values, StoreOptions store)
    {
        var broker = values.TryGet(_broker, out var place) ? place
            : store.Path is { } path ? new BrokerOptions { Path = path + ".messages" }
            : new BrokerOptions { IsOff = store.Etcd is not null };
        return values.TryGet(_brokerLimits, out var limits) ? broker with { Limits = limits } : broker;
    }

    private bool TryTrust(OptionValues values, out TrustOptions trust, out int exitCode)
    {
        values.TryGet(_trustDomain, out var domain);
        values.TryGet(_caCert, out var cert);
        values.TryGet(_caKey, out var key);
        exitCode = 0;
        trust = new TrustOptions { TrustDomain = domain, CertificateTtl = values.Get(_certificateTtl) };
        if (domain is not null && !SpiffeId.IsTrustDomain(Encoding.UTF8.GetBytes(domain)))
        {
            exitCode = _options.Refuse(_trustDomain, $"'{domain}' is not 1 to 255 lower-case letters, digits, dots, hyphens and underscores");
        }
        else if ((cert is null) != (key is null))
        {
            exitCode = _options.Refuse(cert is null ? _caKey : _caCert, "a certificate needs its key, and the key its certificate: give both");
        }
        else if (cert is not null)
        {
            if (!ResourceFile.TryRead(cert, out var certificates, out var fault))
            {
                exitCode = _options.Refuse(_caCert, fault);
            }
            else if (!ResourceFile.TryRead(key!, out var keyText, out fault))
            {
                exitCode = _options.Refuse(_caKey, fault);
            }
            else if (!GivenAuthority.TryRead(certificates, keyText, TimeProvider.System.GetUtcNow(), out var given, out fault))
            {
                exitCode = _options.Refuse(_caCert, $"{cert}: {fault}");
            }
            else
            {
                trust = trust with { Given = given };
            }
        }

        return exitCode == 0;
    }

    private bool TryStore(OptionValues values, out StoreOptions store, out int exitCode)
    {
        store = values.Get(_store);
        exitCode = 0;
        var prefix = values.Get(_etcdPrefix);
        values.TryGet(_etcdCert, out var cert);
        values.TryGet(_etcdKey, out var key);
        values.TryGet(_etcdUser, out var user);
        values.TryGet(_etcdPassword, out var password);
        values.TryGet(_etcdCa, out var ca);
        if (store.Etcd is null)
        {
            return true;
        }

        if (prefix is not ['/', .., '/'] || PrintableText.WhyNot(prefix) is not null)
        {
            exitCode = _options.Refuse(_etcdPrefix, $"'{prefix}' does not begin and end with a slash");
        }
        else if ((cert is null) != (key is null))
        {
            exitCode = _options.Refuse(cert is null ? _etcdKey : _etcdCert, "a certificate needs its key, and the key its certificate: give both");
        }
        else if (password is not null && user is null)
        {
            exitCode = _options.Refuse(_etcdPassword, "whose password it is does not stand there: give --etcd-user");
        }

        store = store with
        {
            Etcd = store.Etcd with { Prefix = prefix, CaFile = ca, CertFile = cert, KeyFile = key, User = user, PasswordFile = password },
        };
        return exitCode == 0;
    }

    /// <summary>Says in one line why the process cannot run although it was started rightly, and returns its exit code.</summary>
    public int Fail(string why)
    {
        Console.Error.WriteLine($"{_options.Executable}: {why.ReplaceLineEndings(" ")}");
        return 1;
    }
}
