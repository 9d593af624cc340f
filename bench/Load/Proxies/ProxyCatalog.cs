namespace Mesh.Bench.Load.Proxies;

/// <summary>All that may take part.</summary>
internal static class ProxyCatalog
{
    public const string Direct = "direct";
    public const string Sidecar = "sidecar";

    public static IReadOnlyList<string> Names { get; } = [Direct, Sidecar, "nghttpx", "haproxy", "nginx", "yarp"];

    public static Proxy Make(string name, string sidecarPath) => name switch
    {
        Direct => new Direct(),
        Sidecar => new Sidecar(sidecarPath),
        "nghttpx" => new Nghttpx(),
        "haproxy" => new Haproxy(),
        "nginx" => new Nginx(),
        _ => new YarpForwarder(),
    };
}
