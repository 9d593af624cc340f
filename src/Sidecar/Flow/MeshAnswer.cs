using System.Text;
using Mesh.Http2.Hpack;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The answers that the mesh makes itself: the right code, and a message that names the service and the reason. Not on
/// the path of calls that go well, so it may allocate.
/// </summary>
internal static class MeshAnswer
{
    /// <summary>A whole answer in one head: trailers-only for gRPC, a status without a body for HTTP.</summary>
    /// <param name="exchange">The call.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="into">Filled and returned.</param>
    public static HeaderList Head(Exchange exchange, in Outcome outcome, HeaderList into)
    {
        into.Clear();
        if (exchange.IsGrpc)
        {
            into.Add(KnownHeader.Status, "200"u8);
            into.Add(KnownHeader.ContentType, "application/grpc"u8);
            AddStatus(exchange, outcome, into);
        }
        else
        {
            into.Add(KnownHeader.Status, Encoding.ASCII.GetBytes(HttpStatusOf(outcome).ToString(System.Globalization.CultureInfo.InvariantCulture)));
            into.Add("x-mesh-error"u8, Percent(Message(exchange, outcome)));
        }

        return into;
    }

    /// <summary>The end of an answer in gRPC that has begun.</summary>
    public static HeaderList Trailers(Exchange exchange, in Outcome outcome, HeaderList into)
    {
        into.Clear();
        AddStatus(exchange, outcome, into);
        return into;
    }

    /// <summary>What happened, in one line.</summary>
    public static string Message(Exchange exchange, in Outcome outcome)
    {
        var service = exchange.Cluster?.Name ?? Encoding.UTF8.GetString(exchange.Flow.NameFor(exchange));
        return outcome.Reason switch
        {
            OutcomeReason.UnknownService => $"no such service '{service}'",
            OutcomeReason.NoRoute when exchange.Route?.Redirect is { } other =>
                $"route '{exchange.Route.Name}' of '{service}' leads to '{Encoding.UTF8.GetString(other)}', which is not known",
            OutcomeReason.NoRoute => $"service '{service}': the control plane has not said anything of it yet",
            OutcomeReason.NoHealthyUpstream or OutcomeReason.CircuitOpen => $"service '{service}': {WhyNone(exchange.Cluster!, exchange.Worker.Loop.Now)}",
            OutcomeReason.Overflow => $"service '{service}': too many {WhatOverflows(exchange)}",
            OutcomeReason.DeadlineExceeded => $"service '{service}': no answer by the deadline ({Attempts(exchange)})",
            OutcomeReason.IdleTimeout => $"service '{service}': no byte either way for longer than its idle timeout allows ({Attempts(exchange)})",
            OutcomeReason.PerTryTimeout => $"service '{service}': no answer within the time of one attempt ({Attempts(exchange)})",
            OutcomeReason.ConnectFailed => $"service '{service}': {Where(exchange)} cannot be reached: {LastFailure(exchange)} ({Attempts(exchange)})",
            OutcomeReason.ConnectTimeout => $"service '{service}': {Where(exchange)} does not answer ({Attempts(exchange)})",
            OutcomeReason.RefusedStream => $"service '{service}': {Where(exchange)} refuses more streams ({Attempts(exchange)})",
            OutcomeReason.GoAwayUnprocessed => $"service '{service}': {Where(exchange)} is going away ({Attempts(exchange)})",
            OutcomeReason.ConnectionLost => $"service '{service}': the connection to {Where(exchange)} was lost ({Attempts(exchange)})",
            OutcomeReason.ProtocolError => $"service '{service}': {Where(exchange)} broke the HTTP/2 protocol ({Attempts(exchange)})",
            OutcomeReason.Reset => $"service '{service}': {Where(exchange)} reset the stream ({Attempts(exchange)})",
            OutcomeReason.HttpStatus => $"service '{service}': {Where(exchange)} answered HTTP {outcome.HttpStatus}, which is not gRPC",
            _ => $"service '{service}': {outcome.Reason}",
        };
    }

    private static void AddStatus(Exchange exchange, in Outcome outcome, HeaderList into)
    {
        var status = outcome.GrpcStatus is >= 0 and <= 16 ? outcome.GrpcStatus : GrpcStatus.Unknown;
        into.Add(KnownHeader.GrpcStatus, Encoding.ASCII.GetBytes(status.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        into.Add(KnownHeader.GrpcMessage, Percent(Message(exchange, outcome)));
    }

    /// <summary>The status over HTTP.</summary>
    public static int HttpStatusOf(in Outcome outcome) => outcome.Reason switch
    {
        OutcomeReason.UnknownService or OutcomeReason.NoRoute => 404,
        OutcomeReason.DeadlineExceeded or OutcomeReason.PerTryTimeout or OutcomeReason.ConnectTimeout or OutcomeReason.IdleTimeout => 504,
        OutcomeReason.Reset or OutcomeReason.ConnectionLost or OutcomeReason.ProtocolError => 502,
        _ => 503,
    };

    /// <summary>Why none of a service's endpoints can be picked.</summary>
    public static string WhyNone(Cluster cluster, long now)
    {
        var endpoints = cluster.Endpoints;
        if (endpoints.Length == 0)
        {
            return "it has no endpoints";
        }

        var open = 0;
        var statuses = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints)
        {
            if (!endpoint.State.Healthy)
            {
                statuses[endpoint.Description.Status] = statuses.GetValueOrDefault(endpoint.Description.Status) + 1;
            }
            else if (endpoint.State.Breaker.StateAt(now) != BreakerState.Closed)
            {
                open++;
            }
        }

        var reasons = statuses.Select(s => $"{s.Value} {s.Key}").ToList();
        if (open > 0)
        {
            reasons.Add($"{open} with an open circuit");
        }

        return $"none of its {endpoints.Length} endpoints can be used ({string.Join(", ", reasons)})";
    }

    private static string WhatOverflows(Exchange exchange)
    {
        var limits = exchange.Cluster!.Limit;
        return exchange.IsAdmitted
            ? $"calls wait for a connection (limit {limits.MaxPending})"
            : $"calls are under way (limit {limits.MaxRequests})";
    }

    private static string Attempts(Exchange exchange) =>
        exchange.Attempts == 1 ? "1 attempt" : $"{exchange.Attempts} attempts";

    private static string Where(Exchange exchange) => exchange.LastEndpoint?.Address ?? "the endpoint";

    private static string LastFailure(Exchange exchange) =>
        exchange.LastEndpoint is { } endpoint && endpoint.Connections[exchange.Worker.Index]?.LastFailure is { } failure
            ? failure
            : "connection refused or unreachable";

    /// <summary>grpc-message is percent-encoded (gRPC over HTTP/2, "Responses").</summary>
    public static byte[] Percent(string message)
    {
        var text = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7e and not (byte)'%')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
