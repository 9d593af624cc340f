using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>haproxy with one thread and windows of 1 MiB, which its default of 64 KiB would hold back.</summary>
internal sealed class Haproxy : Proxy
{
    public override string Name => "haproxy";

    public override string? Missing => NotInstalled("haproxy", "haproxy");

    public override Task<string> VersionAsync() => FirstLineOfAsync("haproxy", "-v");

    public override async Task<RunningProxy> StartAsync(ProxySetting setting)
    {
        var port = FreePort.Take();
        var file = await setting.WriteAsync($"haproxy-{port}.cfg", $"""
            global
              nbthread 1
              no strict-limits
              maxconn 15000
              tune.h2.max-concurrent-streams 256
              tune.h2.initial-window-size 1048576
            defaults
              mode http
              timeout client 1h
              timeout server 1h
              timeout connect 5s
              http-reuse always
            frontend clients
              bind 127.0.0.1:{port} proto h2 backlog 4096
              default_backend backends
            backend backends
              server backend {setting.Backend} proto h2 pool-max-conn -1

            """);
        var child = await ChildProcess.StartAsync(Name, setting.Pinning.Proxy([Tools.Find("haproxy")!, "-q", "-f", file]));
        return new RunningProxy(this, new IPEndPoint(IPAddress.Loopback, port), child);
    }
}
