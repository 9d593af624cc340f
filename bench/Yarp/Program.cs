using System.Net;
using Mesh.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.ReverseProxy.Forwarder;

// YARP as fast as it goes, the peer of the load benchmark: its forwarder alone, without routes or logs, in cleartext and in
// the same protocol on both sides. mesh-bench-yarp PORT BACKEND_URL VERSION
ParentWatch.Start();
if (args is not [var port, var backend, var version and ("1.1" or "2")])
{
    Console.Error.WriteLine("usage: mesh-bench-yarp PORT http://HOST:PORT/ 1.1|2");
    return 2;
}

var isHttp1 = version == "1.1";

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.Services.AddHttpForwarder();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, int.Parse(port, System.Globalization.CultureInfo.InvariantCulture), listen => listen.Protocols = isHttp1 ? HttpProtocols.Http1 : HttpProtocols.Http2);
    kestrel.Limits.MaxRequestBodySize = null;
    kestrel.Limits.MinRequestBodyDataRate = null;
    kestrel.Limits.Http2.MaxStreamsPerConnection = 256;
    kestrel.Limits.Http2.InitialStreamWindowSize = 1024 * 1024;
    kestrel.Limits.Http2.InitialConnectionWindowSize = 16 * 1024 * 1024;
});

await using var app = builder.Build();
using var invoker = new HttpMessageInvoker(new SocketsHttpHandler
{
    UseProxy = false,
    UseCookies = false,
    AllowAutoRedirect = false,
    AutomaticDecompression = DecompressionMethods.None,
    EnableMultipleHttp2Connections = true,
    ActivityHeadersPropagator = null,
});
var request = new ForwarderRequestConfig { Version = isHttp1 ? HttpVersion.Version11 : HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
app.Run(async context => await forwarder.SendAsync(context, backend, invoker, request, HttpTransformer.Empty));
await app.RunAsync();
return 0;
