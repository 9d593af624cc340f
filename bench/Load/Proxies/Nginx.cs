using System.Net;
using Mesh.Bench.Load.Processes;

namespace Mesh.Bench.Load.Proxies;

/// <summary>
/// nginx with grpc_pass or, over HTTP/1.1, with proxy_pass that keeps its connections and passes uploads on as they come. Its limits on
/// requests and buffers are lifted so that none is met in a run.
/// </summary>
internal sealed class Nginx : Proxy
{
    public override string Name => "nginx";

    public override string? Missing => NotInstalled("nginx", "nginx");

    public override Task<string> VersionAsync() => FirstLineOfAsync("nginx", "-v");

    protected override async Task<RunningProxy> StartOneAsync(ProxySetting setting)
    {
        var port = FreePort.Find();
        var folder = setting.Folder;
        var pass = setting.IsHttp1
            ? "proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_request_buffering off; proxy_buffer_size 32k; proxy_buffers 8 32k;"
            : "grpc_pass grpc://backend; grpc_buffer_size 32k;";
        if (setting is { MakesTls: true, Identity: { } own })
        {
            pass = $"grpc_pass grpcs://backend; grpc_buffer_size 32k; grpc_ssl_certificate {own.Certificate}; grpc_ssl_certificate_key {own.Key}; grpc_ssl_trusted_certificate {own.Anchors}; "
                + $"grpc_ssl_verify on; grpc_ssl_name {BenchIdentity.HostName}; grpc_ssl_server_name on; grpc_ssl_protocols TLSv1.3;";
        }

        var tls = setting is { TakesTls: true, Identity: { } shown }
            ? $"ssl_certificate {shown.Certificate}; ssl_certificate_key {shown.Key}; ssl_client_certificate {shown.Anchors}; ssl_verify_client on; ssl_protocols TLSv1.3;"
            : "";
        var file = await setting.WriteAsync($"nginx-{port}.conf", $$"""
            worker_processes 1;
            worker_rlimit_nofile 20000;
            daemon off;
            pid {{folder}}/nginx-{{port}}.pid;
            error_log stderr error;
            events { worker_connections 19000; }
            http {
              access_log off;
              keepalive_requests 1000000000; keepalive_timeout 1h; keepalive_time 10h;
              client_max_body_size 0; client_body_buffer_size 256k;
              http2_max_concurrent_streams 256; http2_recv_buffer_size 256k;
              client_body_temp_path {{folder}}/body; proxy_temp_path {{folder}}/proxy; fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi; scgi_temp_path {{folder}}/scgi;
              upstream backend { server {{setting.Backend}}; keepalive 256; keepalive_requests 1000000000; keepalive_timeout 1h; keepalive_time 10h; }
              server {
                listen 127.0.0.1:{{port}} {{(setting.TakesTls ? "ssl" : "")}} {{(setting.IsHttp1 ? "" : "http2")}} backlog=4096;
                {{tls}}
                location / { {{pass}} }
              }
            }
            """);
        var child = await ChildProcess.StartAsync(Name, setting.Pinning.Proxy([Tools.Find("nginx")!, "-e", "stderr", "-c", file]));
        return new RunningProxy(this, new IPEndPoint(IPAddress.Loopback, port), child);
    }
}
