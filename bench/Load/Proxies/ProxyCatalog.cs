namespace Mesh.Bench.Load.Proxies;

/// <summary>All that may take part.</summary>
internal static class ProxyCatalog
{
    public const string Direct = "direct";
    public const string Sidecar = "sidecar";

    /// <summary>Another build of the sidecar.</summary>
    public const string Before = "before";

    /// <summary>The sidecar without the policy that it has in such a run.</summary>
    public const string NoPolicy = "no-policy";

    public static IReadOnlyList<string> Names { get; } = [Direct, Sidecar, "nghttpx", "haproxy", "nginx", "yarp"];

    public static Proxy Make(string name, LoadOptions options) => name switch
    {
        Direct => new Direct(),
        Sidecar => new Sidecar(options.Sidecar, topology: options.HasPolicy ? Topology.WithPolicy : null),
        NoPolicy => new Sidecar(options.Sidecar, topology: Topology.WithoutPolicy, name: NoPolicy),
        Before => new Sidecar(options.Before!, name: Before),
        "nghttpx" => new Nghttpx(),
        "haproxy" => new Haproxy(),
        "nginx" => new Nginx(),
        _ => new YarpForwarder(),
    };
}
