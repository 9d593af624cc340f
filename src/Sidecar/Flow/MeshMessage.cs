using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Flow.Messages;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What went wrong with a call, in one line for people: the message of its reason's row, filled in. Written in UTF-8 into a buffer
/// that is used again. Part of <see cref="MeshAnswer"/>.
/// </summary>
internal sealed class MeshMessage
{
    /// <summary>Names in it are at most some hundred bytes, but for those that callers make up.</summary>
    private const int MostBytes = 2048;

    /// <summary>Of a name that is no service's; a longer one is cut.</summary>
    private const int MostOfName = 128;

    private const int Mebi = 1024 * 1024;

    private readonly byte[] _text = new byte[MostBytes];
    private readonly byte[] _name = new byte[MostOfName];
    private readonly UnusableEndpoints _unusable = new();

    /// <summary>Valid until the next call.</summary>
    public ReadOnlySpan<byte> Of(Exchange exchange, in Outcome outcome)
    {
        if (outcome.Reason == OutcomeReason.DirectResponse && exchange.Route.Rule!.Answer is { Message: { Length: > 0 } message })
        {
            return message; // which its configuration has
        }

        var line = new Utf8Line(_text);
        if (MessageTemplate.Of(outcome.Reason, VariantOf(exchange, outcome.Reason)) is not { } template)
        {
            AddWhere(ref line, exchange);
            line.Add(Words.Of(outcome.Reason));
        }
        else
        {
            if (!template.NamesService)
            {
                AddWhere(ref line, exchange);
            }

            foreach (var part in template.Parts)
            {
                line.Add(part.Text);
                Fill(ref line, part.Slot, exchange, outcome);
            }
        }

        return line.IsCut
            ? Encoding.UTF8.GetBytes(Words.Of(outcome.Reason)) // somebody gives routes very long names
            : _text.AsSpan(0, line.Length);
    }

    /// <summary>Which of a reason's messages says what happened to this call.</summary>
    private static int VariantOf(Exchange exchange, OutcomeReason reason)
    {
        var isOther = reason switch
        {
            OutcomeReason.NoControlPlane => exchange.Head.Snapshot.OutOfReach is not null,
            OutcomeReason.Overflow or OutcomeReason.MemoryExhausted => exchange.Admission.IsAdmitted,
            OutcomeReason.WrongProtocol => exchange.Admission.IsAdmitted, // otherwise it is known beforehand
            OutcomeReason.DeadlineExceeded or OutcomeReason.DeadlineTooShort => !exchange.Head.IsDeadlineCallers,
            OutcomeReason.IdleTimeout => exchange.Route.Rule!.IdleTimeout == 0,
            OutcomeReason.MaxStreamAge => exchange.Route.Rule!.MaxStreamAge == 0,
            OutcomeReason.ProtocolError => exchange.Attempts is { Wire: Protocol.Http1, Failure: not null },
            _ => false,
        };
        return isOther ? 1 : 0;
    }

    /// <summary>Whom the caller has asked for, and where a route has led the call.</summary>
    private void AddWhere(ref Utf8Line line, Exchange exchange)
    {
        line.Add("service '"u8);
        line.Add(NameOf(exchange));
        if (exchange.Route is { Backend: not null, Cluster: { } cluster })
        {
            line.Add("', route '"u8);
            line.Add(exchange.Route.Rule!.Name);
            line.Add("' to '"u8);
            line.Add(cluster.Key);
            if (!cluster.Subset.IsAll)
            {
                line.Add("' with "u8);
                line.Add(cluster.Subset.ToString());
                line.Add(": "u8);
                return;
            }
        }

        line.Add("': "u8);
    }

    private void Fill(ref Utf8Line line, MessageSlot slot, Exchange exchange, in Outcome outcome)
    {
        switch (slot)
        {
            case MessageSlot.Endpoint:
                line.Add(exchange.Attempts.LastEndpoint?.Name ?? "any endpoint");
                break;
            case MessageSlot.Attempts:
                line.Add(AttemptCount.Write(exchange.Attempts.Made, exchange.Attempts.NotProcessed, stackalloc byte[AttemptCount.MostBytes]));
                break;
            case MessageSlot.Limit:
                AddLimit(ref line, exchange, outcome.Reason);
                break;
            case MessageSlot.Wait:
                line.Add(new ShortTime(exchange.Admission.RetryAfter));
                break;
            case MessageSlot.Used:
                line.Add(exchange.Worker.Loop.Segments.Memory.Used / Mebi);
                break;
            case MessageSlot.Why:
                line.Add(outcome.Reason == OutcomeReason.NoControlPlane ? exchange.Head.Snapshot.OutOfReach! : LastFailure(exchange));
                break;
            case MessageSlot.Unusable:
                line.Add(_unusable.Of(exchange.Route.Cluster!, exchange.Worker.Loop.Now));
                break;
            case MessageSlot.Missing:
                line.Add(exchange.Response.IsCommitted ? "no end of the answer"u8 : "no answer"u8);
                break;
            case MessageSlot.Protocol:
                line.Add(exchange.Attempts.Wire == Protocol.Http1 ? "HTTP/1.1"u8 : "HTTP/2"u8);
                break;
            case MessageSlot.Status:
                line.Add(outcome.HttpStatus);
                break;
            case MessageSlot.Service:
                line.Add(NameOf(exchange));
                break;
            case MessageSlot.Route:
                line.Add(exchange.Route.Rule!.Name);
                break;
            case MessageSlot.Target:
                line.Add(exchange.Route.Backend!.Service);
                break;
        }
    }

    private static void AddLimit(ref Utf8Line line, Exchange exchange, OutcomeReason reason)
    {
        switch (reason)
        {
            case OutcomeReason.Loop:
                line.Add(Hops.Most);
                break;
            case OutcomeReason.Overflow:
                line.Add(exchange.Admission.IsAdmitted ? exchange.Route.Cluster!.Limit.MaxPending : exchange.Route.Cluster!.Limit.MaxRequests);
                break;
            case OutcomeReason.MemoryExhausted:
                line.Add(exchange.Worker.Loop.Segments.Memory.Limit / Mebi);
                break;
            case OutcomeReason.RateLimited or OutcomeReason.AccessDenied:
                line.Add(exchange.Route.PhaseAt(exchange.Admission.Passed).Limit);
                break;
            default:
                line.Add(new ShortTime(TimeLimit(exchange, reason)));
                break;
        }
    }

    private static long TimeLimit(Exchange exchange, OutcomeReason reason)
    {
        if (reason is OutcomeReason.DeadlineExceeded or OutcomeReason.DeadlineTooShort && exchange.Head.IsDeadlineCallers)
        {
            return exchange.Head.CallersDeadlineAt - exchange.Head.Started;
        }

        var route = exchange.Route.Rule!;
        return reason switch
        {
            OutcomeReason.DeadlineExceeded or OutcomeReason.DeadlineTooShort => route.RequestTimeout,
            OutcomeReason.PerTryTimeout => route.PerTryTimeout,
            OutcomeReason.ConnectTimeout => route.ConnectTimeout,
            OutcomeReason.MaxStreamAge => route.MaxStreamAge,
            _ => route.IdleTimeout > 0 ? route.IdleTimeout : route.SilentRequestTimeout,
        };
    }

    private ReadOnlySpan<byte> NameOf(Exchange exchange) => exchange.Route.Asked is { } asked ? asked.Key : Printable(exchange.Flow.NameFor(exchange));

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
        exchange.Attempts.Failure is { } lost ? lost
        : exchange.Attempts.LastEndpoint is { } endpoint && endpoint.Connections(exchange.Attempts.Wire, exchange.Worker.Index)?.LastFailure is { } failure
            ? failure
            : "connection refused or unreachable";
}
