using System.Diagnostics;
using System.Net;
using System.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy.Balancing;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// One call of HTTP/1.1 on its way: data that each step of <see cref="Http1Forwarder"/> adds to, as
/// <see cref="Flow.Exchange"/> is for HTTP/2. Used by its own request alone.
/// </summary>
internal sealed class Http1Call
{
    private readonly List<EndpointState> _tried = [];

    /// <param name="context">The request; its bodies are counted from here on.</param>
    /// <param name="entry">Where it came in.</param>
    /// <param name="started">In the loops' ticks.</param>
    public Http1Call(HttpContext context, Http1Entry entry, long started)
    {
        Context = context;
        Entry = entry;
        Started = started;
        Target = OriginForm(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
        var query = Target.IndexOf('?', StringComparison.Ordinal);
        Path = Encoding.UTF8.GetBytes(query < 0 ? Target : Target[..query]);
        Method = Encoding.ASCII.GetBytes(context.Request.Method);
        Authority = Encoding.UTF8.GetBytes(context.Request.Host.Value ?? "");
        Name = entry.LocalApp?.Key ?? entry.Fixed
            ?? ServiceName.InLowerCase(ServiceName.FromAuthority(Authority), stackalloc byte[ServiceName.MaxLength]).ToArray();
        Peer = context.Connection.RemoteIpAddress is { } address
            ? new IPEndPoint(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, context.Connection.RemotePort)
            : null;
        HasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
        context.Request.Body = RequestBody = new CountedStream(context.Request.Body);
        context.Response.Body = ResponseBody = new CountedStream(context.Response.Body);
    }

    // 1, 2: the request.
    public HttpContext Context { get; }

    public Http1Entry Entry { get; }

    public long Started { get; }

    public byte[] Method { get; }

    /// <summary>Path and query, byte for byte as they came; empty for "OPTIONS *".</summary>
    public string Target { get; }

    public byte[] Path { get; }

    public byte[] Authority { get; }

    /// <summary>The service it asks for.</summary>
    public byte[] Name { get; }

    /// <summary>Why the control plane could not be asked for that; null if it could.</summary>
    public string? OutOfReach { get; set; }

    public IPEndPoint? Peer { get; }

    public bool HasBody { get; }

    public CountedStream RequestBody { get; }

    public CountedStream ResponseBody { get; }

    /// <summary>It can be sent again: all of the body that was read is kept.</summary>
    public bool IsReplayable => !HasBody || RequestBody.IsKept;

    // 3: its trace.

    /// <summary>The trace's headers as they go on; null if they are not ours to touch.</summary>
    public HeaderList? Trace { get; set; }

    public Activity? Span { get; set; }

    /// <summary>Of the attempt under way, if it is not the first.</summary>
    public Activity? AttemptSpan { get; set; }

    // 4: where it goes.
    /// <summary>The service that the caller asks for; null as long as it is none that is known.</summary>
    public Cluster? Asked { get; set; }

    /// <summary>Where the call goes: the same, or where its route leads.</summary>
    public Cluster? Cluster { get; set; }

    public ClusterRoute? Route { get; set; }

    // 5: let in.
    public bool IsAdmitted { get; set; }

    // 6: attempts.
    public int Attempts { get; private set; }

    public int NotProcessedAttempts { get; set; }

    public Upstream.Endpoint? LastEndpoint { get; private set; }

    /// <summary>Why the last one failed to connect, in the system's words; null if it did not.</summary>
    public string? ConnectFailure { get; set; }

    public ReadOnlySpan<EndpointState> Tried => _tried.ToArray();

    /// <summary>The answer of an endpoint is being passed on: there is no way back.</summary>
    public bool IsCommitted { get; set; }

    // 7 and 8: how it ended.

    /// <summary>Of the last attempt.</summary>
    public Outcome Outcome { get; set; }

    public void AddAttempt(Upstream.Endpoint endpoint)
    {
        _tried.Add(endpoint.State);
        LastEndpoint = endpoint;
        ConnectFailure = null;
        Attempts++;
    }

    /// <summary>Proxies are sent whole URLs (RFC 9112 section 3.2.2), others a path, or "*".</summary>
    private static string OriginForm(string target)
    {
        if (target.StartsWith('/'))
        {
            return target;
        }

        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? -1 : target.IndexOf('/', scheme + 3);
        return path < 0 ? "" : target[path..];
    }
}
