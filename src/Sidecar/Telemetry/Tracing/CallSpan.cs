using System.Diagnostics;
using System.Net;
using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Telemetry.Calls;
using Mesh.Sidecar.Terms;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Telemetry.Tracing;

/// <summary>
/// What the span of a call says, under the names of OpenTelemetry's semantic conventions for RPC and for HTTP, and, where
/// those have none, of ours ("mesh."). Only for sampled calls, so it may allocate.
/// </summary>
internal static class CallSpan
{
    public const string SourceName = "Mesh.Sidecar";

    public static ActivityKind KindOf(Direction direction) => direction == Direction.Outbound ? ActivityKind.Client : ActivityKind.Server;

    /// <param name="span">The call's.</param>
    /// <param name="path">"pkg.Service/Method".</param>
    /// <param name="service">As the caller wrote it.</param>
    public static void DescribeGrpc(Activity span, string path, string service)
    {
        span.SetTag("rpc.system.name", "grpc");
        span.SetTag("rpc.method", path);
        span.SetTag("server.address", service);
    }

    /// <summary>The name of a span of HTTP: the method, if it is one.</summary>
    public static string HttpNameOf(ReadOnlySpan<byte> method) =>
        HttpMethodName.Known(method) is var known && known.SequenceEqual(method) ? Encoding.ASCII.GetString(method) : "HTTP";

    /// <param name="span">The call's.</param>
    /// <param name="method">As it was sent.</param>
    /// <param name="target">Path and query.</param>
    /// <param name="service">As the caller wrote it.</param>
    /// <param name="version">"1.1", "2".</param>
    public static void DescribeHttp(Activity span, ReadOnlySpan<byte> method, string target, string service, string version)
    {
        var known = HttpMethodName.Known(method);
        span.SetTag("http.request.method", Encoding.ASCII.GetString(known));
        if (!known.SequenceEqual(method))
        {
            span.SetTag("http.request.method_original", Encoding.ASCII.GetString(method));
        }

        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        if (span.Kind == ActivityKind.Client)
        {
            // What a query says may be nobody's business: a collector is told that there is one.
            span.SetTag("url.full", $"http://{service}{path}{(query < 0 ? "" : "?*")}");
        }
        else
        {
            span.SetTag("url.path", path);
            span.SetTag("url.scheme", "http");
        }

        span.SetTag("server.address", service);
        span.SetTag("server.port", HttpPort);
        span.SetTag("network.protocol.version", version);
    }

    /// <summary>A service has no port of its own; its name is reached as an origin of the scheme http is.</summary>
    public const int HttpPort = 80;

    /// <summary>Who calls, in the span of a server.</summary>
    public static void SetPeer(Activity span, IPEndPoint peer)
    {
        span.SetTag("network.peer.address", peer.Address.ToString());
        span.SetTag("network.peer.port", peer.Port);
    }

    /// <summary>An attempt begins.</summary>
    public static void SetEndpoint(Activity span, Endpoint endpoint)
    {
        span.SetTag("mesh.endpoint", endpoint.Id);
        if (span.Kind == ActivityKind.Client)
        {
            span.SetTag("network.peer.address", AddressOf(endpoint.Target));
            span.SetTag("network.peer.port", (endpoint.Target as IPEndPoint)?.Port);
        }
    }

    /// <summary>An attempt has ended that is not the call itself: it failed, or others failed before it.</summary>
    /// <param name="span">The call's.</param>
    /// <param name="protocol">Of the call.</param>
    /// <param name="attempt">From 1.</param>
    /// <param name="endpoint">Where it went.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="now">In the loops' ticks.</param>
    public static void AddAttempt(Activity span, CallProtocol protocol, int attempt, Endpoint? endpoint, in Outcome outcome, long now)
    {
        var tags = new ActivityTagsCollection
        {
            ["mesh.attempt"] = attempt,
            ["mesh.outcome"] = Words.Of(outcome.Reason),
        };
        if (protocol == CallProtocol.Grpc)
        {
            tags["rpc.status_code"] = CallCode.NameOf(CallCode.Of(isGrpc: true, outcome));
        }
        else if (outcome.HttpStatus != 0)
        {
            tags["http.response.status_code"] = outcome.HttpStatus;
        }

        if (endpoint is not null)
        {
            tags["mesh.endpoint"] = endpoint.Id;
            tags["network.peer.address"] = AddressOf(endpoint.Target);
            tags["network.peer.port"] = (endpoint.Target as IPEndPoint)?.Port;
            tags["mesh.breaker"] = Words.Of(endpoint.State.Breaker.StateAt(now));
        }

        span.AddEvent(new ActivityEvent("attempt", tags: tags));
    }

    /// <summary>Another attempt is decided on.</summary>
    public static void AddRetry(Activity span) => span.AddEvent(new ActivityEvent("retry"));

    /// <summary>Whom the call asked for, and where it was led.</summary>
    /// <param name="span">The call's.</param>
    /// <param name="asked">The service asked for; null if it is none that is known.</param>
    /// <param name="cluster">Where it went; null if nowhere.</param>
    /// <param name="route">The route it took; null if none.</param>
    public static void SetRoute(Activity span, Cluster? asked, Cluster? cluster, ClusterRoute? route)
    {
        span.SetTag("mesh.service", (asked ?? cluster)?.Name);
        span.SetTag("mesh.route", route is { Name.Length: > 0 } ? route.Name : null);
        if (!ReferenceEquals(asked, cluster) && cluster is { IsKnown: true })
        {
            span.SetTag("mesh.upstream_cluster", cluster.Name);
        }
    }

    /// <summary>Ends the span.</summary>
    /// <param name="span">The call's.</param>
    /// <param name="protocol">Of the call.</param>
    /// <param name="code">A <see cref="CallCode"/>.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="attempts">How many there were.</param>
    /// <param name="message">What the mesh told the caller; null if an endpoint gave the answer.</param>
    public static void End(Activity span, CallProtocol protocol, int code, in Outcome outcome, int attempts, string? message)
    {
        span.SetTag("mesh.attempts", attempts);
        SetOutcome(span, protocol, code, outcome, message);
        span.Stop();
        Activity.Current = null; // stopping makes the parent current, and the thread has none
    }

    /// <summary>How a call or an attempt ended.</summary>
    public static void SetOutcome(Activity span, CallProtocol protocol, int code, in Outcome outcome, string? message)
    {
        if (protocol == CallProtocol.Grpc)
        {
            span.SetTag("rpc.status_code", CallCode.NameOf(code));
        }
        else if (outcome.HttpStatus != 0)
        {
            span.SetTag("http.response.status_code", outcome.HttpStatus);
        }

        span.SetTag("mesh.outcome", Words.Of(outcome.Reason));
        if (CallCode.IsError(code, span.Kind == ActivityKind.Client ? Direction.Outbound : Direction.Inbound))
        {
            span.SetTag("error.type", ErrorType(protocol, code, outcome.Reason, outcome.HttpStatus));
            span.SetStatus(ActivityStatusCode.Error, message);
        }
    }

    /// <summary>The code where a server gave one (for HTTP its number); what the mesh ran into where none did.</summary>
    public static string ErrorType(CallProtocol protocol, int code, OutcomeReason reason, int httpStatus)
    {
        if (reason is not (OutcomeReason.Ok or OutcomeReason.GrpcStatus or OutcomeReason.HttpStatus))
        {
            return Words.Of(reason);
        }

        return protocol == CallProtocol.Grpc || httpStatus == 0
            ? CallCode.NameOf(code)
            : httpStatus.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>OpenTelemetry's network.peer.address is the path where there is a Unix socket, which has no port.</summary>
    private static string? AddressOf(EndPoint? peer) => peer is IPEndPoint network ? network.Address.ToString() : peer?.ToString();
}
