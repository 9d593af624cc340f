using System.Text;
using System.Text.Unicode;
using Mesh.Policy.Breaking;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What went wrong with a call, in one line for people, written in UTF-8 into a buffer that is used again. Part of
/// <see cref="MeshAnswer"/>.
/// </summary>
internal sealed class MeshMessage
{
    /// <summary>Names in it are at most some hundred bytes, but for those that callers make up.</summary>
    private const int MostBytes = 2048;

    /// <summary>Of a name that is no service's; a longer one is cut.</summary>
    private const int MostOfName = 128;

    /// <summary>Counts of every status there is.</summary>
    private const int MostOfWhy = 512;

    /// <summary>All that an endpoint may be but healthy, by name.</summary>
    private static readonly string[] Statuses =
        [.. Enum.GetNames<Mesh.V1.ServiceStatus>().Select(name => name.ToUpperInvariant()).Where(name => name != "HEALTHY").Order(StringComparer.Ordinal)];

    private readonly byte[] _text = new byte[MostBytes];
    private readonly byte[] _name = new byte[MostOfName];
    private readonly byte[] _why = new byte[MostOfWhy];
    private int _whyLength;
    private Cluster? _whyOf;
    private long _whyAt;

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Of(Exchange exchange, in Outcome outcome)
    {
        // Whom the caller has asked for, wherever a route has led the call.
        var service = exchange.Asked is { } asked ? asked.Key : Printable(exchange.Flow.NameFor(exchange));
        return TryWrite(exchange, outcome, service, out var length)
            ? _text.AsSpan(0, length)
            : Encoding.UTF8.GetBytes(Words.Of(outcome.Reason)); // somebody gives routes very long names
    }

    private bool TryWrite(Exchange exchange, in Outcome outcome, ReadOnlySpan<byte> service, out int length)
    {
        switch (outcome.Reason)
        {
            case OutcomeReason.UnknownService:
                return Utf8.TryWrite(_text, $"no such service '{service}'", out length);
            case OutcomeReason.NoRoute when exchange.Route?.Redirect is { } other:
                return Utf8.TryWrite(_text, $"route '{exchange.Route.Name}' of '{service}' leads to '{other.AsSpan()}', which is not known", out length);
        }

        var written = exchange is { Asked: { } asked, Cluster: { } cluster } && !ReferenceEquals(asked, cluster)
            ? Utf8.TryWrite(_text, $"service '{service}', route '{exchange.Route!.Name}' to '{cluster.Key.AsSpan()}': ", out length)
            : Utf8.TryWrite(_text, $"service '{service}': ", out length);
        if (!written || !TryWriteWhat(_text.AsSpan(length), exchange, outcome, out var what))
        {
            return false;
        }

        length += what;
        return true;
    }

    private bool TryWriteWhat(Span<byte> into, Exchange exchange, in Outcome outcome, out int length)
    {
        var where = exchange.LastEndpoint?.Name ?? "any endpoint";
        var attempts = AttemptCount.Write(exchange.Attempts, exchange.NotProcessedAttempts, stackalloc byte[AttemptCount.MostBytes]);
        return outcome.Reason switch
        {
            OutcomeReason.NoControlPlane when exchange.Snapshot.OutOfReach is { } why =>
                Utf8.TryWrite(into, $"{why}", out length),
            OutcomeReason.NoControlPlane =>
                Utf8.TryWrite(into, $"the control plane has not said anything of it yet", out length),
            OutcomeReason.Loop =>
                Utf8.TryWrite(into, $"the call has passed {Hops.Most} sidecars already: its route leads back to itself", out length),
            OutcomeReason.NoHealthyUpstream or OutcomeReason.CircuitOpen =>
                Utf8.TryWrite(into, $"{WhyNone(exchange)}", out length),
            OutcomeReason.Overflow when exchange.IsAdmitted =>
                Utf8.TryWrite(into, $"too many calls wait for a connection (limit {exchange.Cluster!.Limit.MaxPending})", out length),
            OutcomeReason.Overflow =>
                Utf8.TryWrite(into, $"too many calls are under way (limit {exchange.Cluster!.Limit.MaxRequests})", out length),
            OutcomeReason.MemoryExhausted =>
                TryWriteMemory(into, exchange, where, out length),
            OutcomeReason.DeadlineExceeded when exchange.IsDeadlineCallers =>
                Utf8.TryWrite(into, $"{Missing(exchange)} from {where} within the caller's deadline of {TimeUntil(exchange, exchange.CallersDeadlineAt)} ({attempts})", out length),
            OutcomeReason.DeadlineExceeded =>
                Utf8.TryWrite(into, $"{Missing(exchange)} from {where} within timeouts.request of {new ShortTime(exchange.Route!.RequestTimeout)} ({attempts})", out length),
            OutcomeReason.IdleTimeout when exchange.Route!.IdleTimeout > 0 =>
                Utf8.TryWrite(into, $"no byte to or from {where} for timeouts.idle of {new ShortTime(exchange.Route.IdleTimeout)} ({attempts})", out length),
            OutcomeReason.IdleTimeout =>
                Utf8.TryWrite(into, $"no byte to or from {where} for {new ShortTime(exchange.Route!.SilentRequestTimeout)}, and the request is not whole (timeouts.idle sets another limit; {attempts})", out length),
            OutcomeReason.PerTryTimeout =>
                Utf8.TryWrite(into, $"no answer from {where} within timeouts.per_try of {new ShortTime(exchange.Route!.PerTryTimeout)} ({attempts})", out length),
            OutcomeReason.ConnectFailed =>
                Utf8.TryWrite(into, $"{where} cannot be reached: {LastFailure(exchange)} ({attempts})", out length),
            OutcomeReason.ConnectTimeout =>
                Utf8.TryWrite(into, $"{where} takes connections, but says nothing on them within timeouts.connect of {new ShortTime(exchange.Route!.ConnectTimeout)} ({attempts})", out length),
            OutcomeReason.RefusedStream =>
                Utf8.TryWrite(into, $"{where} refused the call and has not looked at it ({attempts})", out length),
            OutcomeReason.GoAwayUnprocessed =>
                Utf8.TryWrite(into, $"{where} is going away ({attempts})", out length),
            OutcomeReason.ConnectionLost =>
                Utf8.TryWrite(into, $"the connection to {where} was lost ({attempts})", out length),
            OutcomeReason.ProtocolError when exchange is { Wire: Protocol.Http1, Failure: { } why } =>
                Utf8.TryWrite(into, $"{where} broke the HTTP/1.1 protocol: {why} ({attempts})", out length),
            OutcomeReason.ProtocolError =>
                Utf8.TryWrite(into, $"{where} broke the {Spoken(exchange)} protocol ({attempts})", out length),
            OutcomeReason.Reset =>
                Utf8.TryWrite(into, $"{where} reset the stream ({attempts})", out length),
            OutcomeReason.HttpStatus =>
                Utf8.TryWrite(into, $"{where} answered HTTP {outcome.HttpStatus}, which is not gRPC", out length),
            OutcomeReason.NoGrpcStatus =>
                Utf8.TryWrite(into, $"{where} ended its answer without a grpc-status that can be read", out length),
            _ => Utf8.TryWrite(into, $"{Words.Of(outcome.Reason)}", out length),
        };
    }

    private static bool TryWriteMemory(Span<byte> into, Exchange exchange, string where, out int length)
    {
        const int Mebi = 1024 * 1024;
        var memory = exchange.Worker.Loop.Segments.Memory;
        var (used, limit) = (memory.Used / Mebi, memory.Limit / Mebi);
        return !exchange.IsAdmitted
            ? Utf8.TryWrite(into, $"this sidecar is short of memory and takes on no more calls ({used} of {limit} MiB of its heap are in use)", out length)
            : Utf8.TryWrite(into, $"this sidecar has no memory left to hold what is not taken, with {where} as the endpoint ({used} of {limit} MiB of its heap are in use)", out length);
    }

    private static string Spoken(Exchange exchange) => exchange.Wire == Protocol.Http1 ? "HTTP/1.1" : "HTTP/2";

    private static string Missing(Exchange exchange) => exchange.IsCommitted ? "no end of the answer" : "no answer";

    private static ShortTime TimeUntil(Exchange exchange, long moment) => new(moment - exchange.Started);

    /// <summary>A name as a caller has written it: it goes into a field that must be valid UTF-8.</summary>
    private ReadOnlySpan<byte> Printable(ReadOnlySpan<byte> name)
    {
        name = name[..Math.Min(name.Length, MostOfName)];
        for (var i = 0; i < name.Length; i++)
        {
            _name[i] = name[i] is >= 0x20 and < 0x7f ? name[i] : (byte)'?';
        }

        return _name.AsSpan(0, name.Length);
    }

    private static string LastFailure(Exchange exchange) =>
        exchange.Failure is { } lost ? lost
        : exchange.LastEndpoint is { } endpoint && endpoint.Connections(exchange.Wire, exchange.Worker.Index)?.LastFailure is { } failure
            ? failure
            : "connection refused or unreachable";

    /// <summary>Looks at every endpoint, so once for all calls that fail in one turn of the loop.</summary>
    private ReadOnlySpan<byte> WhyNone(Exchange exchange)
    {
        var cluster = exchange.Cluster!;
        var now = exchange.Worker.Loop.Now;
        if (!ReferenceEquals(cluster, _whyOf) || now != _whyAt)
        {
            _whyOf = cluster;
            _whyAt = now;
            _whyLength = WriteWhyNone(_why, cluster, now);
        }

        return _why.AsSpan(0, _whyLength);
    }

    private static int WriteWhyNone(Span<byte> into, Cluster cluster, long now)
    {
        var endpoints = cluster.Endpoints;
        if (endpoints.Length == 0)
        {
            Utf8.TryWrite(into, $"it has no endpoints", out var all);
            return all;
        }

        Utf8.TryWrite(into, $"none of its {endpoints.Length} endpoints can be used (", out var length);
        var first = true;
        foreach (var status in Statuses)
        {
            var count = 0;
            foreach (var endpoint in endpoints)
            {
                count += !endpoint.State.Healthy && endpoint.Description.Status == status ? 1 : 0;
            }

            AddReason(into, ref length, ref first, count, status);
        }

        var open = 0;
        foreach (var endpoint in endpoints)
        {
            open += endpoint.State.Healthy && endpoint.State.Breaker.StateAt(now) != BreakerState.Closed ? 1 : 0;
        }

        AddReason(into, ref length, ref first, open, "with an open circuit");
        into[length++] = (byte)')';
        return length;
    }

    private static void AddReason(Span<byte> into, ref int length, ref bool first, int count, string what)
    {
        if (count > 0)
        {
            Utf8.TryWrite(into[length..], $"{(first ? "" : ", ")}{count} {what}", out var more);
            length += more;
            first = false;
        }
    }
}
