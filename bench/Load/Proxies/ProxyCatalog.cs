namespace Mesh.Bench.Load.Proxies;

/// <summary>All that may take part.</summary>
internal static class ProxyCatalog
{
    public const string Direct = "direct";
    public const string Sidecar = "sidecar";

    /// <summary>Another build of the sidecar.</summary>
    public const string Before = "before";

    public static IReadOnlyList<string> Names { get; } = [Direct, Sidecar, "nghttpx", "haproxy", "nginx", "yarp"];

    public static Proxy Make(string name, LoadOptions options) => name switch
    {
        Direct => new Direct(),
        Sidecar => new Sidecar(options.Sidecar),
        Before => new Sidecar(options.Before!, name: Before),
        "nghttpx" => new Nghttpx(),
        "haproxy" => new Haproxy(),
        "nginx" => new Nginx(),
        _ => new YarpForwarder(),
    };
}
