using System.Net;
using Mesh.ControlPlane.Admin;
using Mesh.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Mesh.ControlPlane.Listening;

/// <summary>The two listeners: their addresses, protocols, limits, and how many connections each may have.</summary>
internal sealed class Listeners(ControlPlaneSettings settings, TimeProvider time, Counters counters, ILogger<ConnectionPlaces> log)
    : IConfigureOptions<KestrelServerOptions>
{
    // Requests to the pages are short, and so is how long a connection may be without one, or a head on its way.
    private static readonly TimeSpan LongestIdle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestHead = TimeSpan.FromSeconds(10);

    // Of the descriptors that are left at the start: an eighth at most for the pages, and half at most for the store,
    // exporters, what is loaded later and the threads of the runtime, which ends the process when it has none for those.
    private const int MostPages = 64;
    private const int MostOthers = 128;

    // Where the limit leaves less than nothing.
    private const int Fewest = 8;

    private readonly ConnectionPlaces _grpcPlaces = new("--grpc", isForGood: true, time, counters, log);
    private readonly ConnectionPlaces _httpPlaces = new("--http", isForGood: false, time, counters, log);
    private ListenOptions? _grpc;
    private ListenOptions? _http;

    /// <summary>Where the API listens, once started.</summary>
    public IPEndPoint Grpc => _grpc!.IPEndPoint!;

    /// <summary>Where the pages listen, once started.</summary>
    public IPEndPoint Http => _http!.IPEndPoint!;

    public void Configure(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // Tools and gateways hold many streams on one connection; a sidecar holds two.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 1000;
        // A watcher may read as slowly as it likes: its queue is bounded, and others share its connection.
        kestrel.Limits.MinResponseDataRate = null;
        // gRPC bounds each message, and the pages read no body. The server's own limit ends a call as if by a defect of ours.
        kestrel.Limits.MaxRequestBodySize = null;
        // Finds the streams of machines that went without a word. Leases are what finds their instances, sooner.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        kestrel.Limits.KeepAliveTimeout = LongestIdle;
        kestrel.Limits.RequestHeadersTimeout = LongestHead;
        _grpc = Listen(kestrel, settings.Grpc, HttpProtocols.Http2, _grpcPlaces);
        _http = Listen(kestrel, settings.Http, HttpProtocols.Http1, _httpPlaces);
    }

    /// <summary>Lets connections in, once all is loaded and open that is at the start.</summary>
    public void Open()
    {
        var left = Math.Max(Fewest, OpenFiles.Limit - OpenFiles.Count);
        var pages = Math.Min(left / 8, MostPages);
        _httpPlaces.Open((int)pages);
        _grpcPlaces.Open((int)(left - pages - Math.Min(left / 2, MostOthers)));
    }

    private ListenOptions Listen(KestrelServerOptions kestrel, HostPort address, HttpProtocols protocols, ConnectionPlaces places)
    {
        ListenOptions? bound = null;
        address.TryGetEndPoint(out var endPoint);
        var first = new FirstWord(places, time);
        kestrel.Listen(new BoundedEndPoint(Loopback.OnThisMachine(endPoint!), places), listen =>
        {
            listen.Protocols = protocols;
            listen.Use(next => connection => first.RunAsync(connection, next));
            bound = listen;
        });
        return bound!;
    }
}
