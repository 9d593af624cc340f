using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>haproxy with one thread and, over HTTP/2, windows of 1 MiB: its default of 64 KiB would hold it back.</summary>
internal sealed class Haproxy : Proxy
{
    public override string Name => "haproxy";

    public override string? Missing => NotInstalled("haproxy", "haproxy");

    public override Task<string> VersionAsync() => FirstLineOfAsync("haproxy", "-v");

    protected override async Task<RunningProxy> StartOneAsync(ProxySetting setting)
    {
        var port = FreePort.Find();
        var protocol = setting.IsHttp1 ? "" : "proto h2";
        var (takes, makes) = setting.Identity is not { } identity ? ("", "")
            : setting.IsSecond ? ($"ssl crt {identity.Both} ca-file {identity.Anchors} verify required alpn h2 ssl-min-ver TLSv1.3", "")
            : ("", $"ssl crt {identity.Both} ca-file {identity.Anchors} verify required verifyhost {BenchIdentity.HostName} sni str({BenchIdentity.HostName}) alpn h2 ssl-min-ver TLSv1.3");
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
              bind 127.0.0.1:{port} {(takes.Length > 0 ? takes : protocol)} backlog 4096
              default_backend backends
            backend backends
              server backend {setting.Backend} {protocol} {makes} pool-max-conn -1

            """);
        var child = await ChildProcess.StartAsync(Name, setting.Pinning.Proxy([Tools.Find("haproxy")!, "-q", "-f", file]));
        return new RunningProxy(this, new IPEndPoint(IPAddress.Loopback, port), child);
    }
}
