using System.Globalization;
using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>nghttpx with one worker and windows of 1 MiB, which its default of 64 KiB would hold back.</summary>
internal sealed class Nghttpx : Proxy
{
    private const string StreamWindow = "1048576";
    private const string ConnectionWindow = "16777216";

    public override string Name => "nghttpx";

    public override string? Missing => NotInstalled("nghttpx", "nghttp2-proxy");

    public override Task<string> VersionAsync() => FirstLineOfAsync("nghttpx", "--version");

    protected override async Task<RunningProxy> StartOneAsync(ProxySetting setting)
    {
        var port = FreePort.Find();
        var backend = string.Create(CultureInfo.InvariantCulture, $"{setting.Backend.Address},{setting.Backend.Port}");
        var child = await ChildProcess.StartAsync(Name, setting.Pinning.Proxy(
        [
            Tools.Find("nghttpx")!,
            "--conf=/dev/null",
            $"--frontend=127.0.0.1,{port}{(setting.TakesTls ? "" : ";no-tls")}",
            $"--backend={backend}{(setting.IsHttp1 ? "" : ";;proto=h2")}{(setting.MakesTls ? $";tls;sni={BenchIdentity.HostName}" : "")}",
            "--workers=1",
            "--backlog=4096",
            "--rlimit-nofile=20000",
            "--errorlog-file=/dev/stderr",
            "--no-via",
            "--no-server-rewrite",
            "--frontend-http2-max-concurrent-streams=256",
            $"--frontend-http2-window-size={StreamWindow}",
            $"--frontend-http2-connection-window-size={ConnectionWindow}",
            $"--backend-http2-window-size={StreamWindow}",
            $"--backend-http2-connection-window-size={ConnectionWindow}",
            .. Tls(setting),
        ]));
        return new RunningProxy(this, new IPEndPoint(IPAddress.Loopback, port), child);
    }

    private static string[] Tls(ProxySetting setting) => setting.Identity is not { } identity ? []
        : setting.IsSecond ? ["--tls-min-proto-version=TLSv1.3", "--verify-client", $"--verify-client-cacert={identity.Anchors}", identity.Key, identity.Certificate]
        : ["--tls-min-proto-version=TLSv1.3", $"--cacert={identity.Anchors}", $"--client-private-key-file={identity.Key}", $"--client-cert-file={identity.Certificate}"];
}
