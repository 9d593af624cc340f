using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The answers that the mesh makes itself: the right code, a message that names the service and the reason, and the same for
/// programs (<see cref="ErrorDetails"/>). One per worker, for its loop only; a flood of calls that fail allocates nothing here.
/// </summary>
internal sealed class MeshAnswer
{
    private static readonly SearchValues<byte> Plain =
        SearchValues.Create(" !\"#$&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    private readonly HeaderList _headers = new();
    private readonly MeshMessage _message = new();
    private readonly ErrorDetails _details = new();
    private readonly ByteBuffer _encoded = new();
    private readonly ByteBuffer _body = new();

    /// <summary>Gives a whole answer: trailers-only for gRPC; for HTTP a status, and a line of text or a problem document that says why.</summary>
    /// <param name="exchange">The call; nothing of another answer is with its caller.</param>
    /// <param name="outcome">How it ended.</param>
    public void Write(Exchange exchange, in Outcome outcome)
    {
        var head = Head(exchange, outcome);
        var hasBody = !exchange.IsGrpc && !HttpMethods.IsHead(exchange.Request);
        exchange.Downstream!.WriteHeaders(head, endStream: !hasBody);
        if (hasBody)
        {
            exchange.Downstream.Write(_body.Written, endStream: true);
        }
    }

    /// <summary>The head of that. Valid until the next call.</summary>
    public HeaderList Head(Exchange exchange, in Outcome outcome)
    {
        _headers.Clear();
        if (exchange.IsGrpc)
        {
            _headers.Add(KnownHeader.Status, "200"u8);
            _headers.Add(KnownHeader.ContentType, "application/grpc"u8);
            AddStatus(exchange, outcome, _headers);
        }
        else
        {
            var message = _message.Of(exchange, outcome);
            var status = outcome is { Source: OutcomeSource.Mesh, HttpStatus: > 0 } ? outcome.HttpStatus : Reasons.Of(outcome.Reason).HttpStatus;
            AddNumber(KnownHeader.Status, status, _headers);
            _body.Clear();
            if (ProblemDocument.IsWanted(exchange.Request))
            {
                ProblemDocument.Write(_body, exchange, outcome.Reason, status, message);
                _headers.Add(KnownHeader.ContentType, ProblemDocument.ContentType);
            }
            else
            {
                _body.Append(message);
                _body.Append("\n"u8);
                _headers.Add(KnownHeader.ContentType, "text/plain; charset=utf-8"u8);
            }

            AddNumber(KnownHeader.ContentLength, _body.Length, _headers);
            _headers.Add("x-mesh-error"u8, Percent(message));
            if (exchange.Admission.RetryAfter is > 0 and var after)
            {
                AddNumber(KnownHeader.RetryAfter, RoundUp(after, TimeSpan.TicksPerSecond), _headers); // RFC 9110 section 10.2.3
            }

            if (exchange.IsDownstreamHttp1 && IsOfNobody(exchange, outcome))
            {
                NotProcessed.Say(_headers);
            }
        }

        SayWhose(exchange, outcome);
        return _headers;
    }

    /// <summary>That we are here, to who asks who is. Valid until the next call.</summary>
    public HeaderList Here()
    {
        _headers.Clear();
        _headers.Add(KnownHeader.Status, "200"u8);
        _headers.Add(KnownHeader.ContentLength, "0"u8);
        return _headers;
    }

    /// <summary>The end of an answer in gRPC that has begun. Valid until the next call.</summary>
    public HeaderList Trailers(Exchange exchange, in Outcome outcome)
    {
        _headers.Clear();
        AddStatus(exchange, outcome, _headers);
        SayWhose(exchange, outcome);
        return _headers;
    }

    /// <summary>An answer that is a head only, with what an endpoint's answer in gRPC ended with. Valid until the next call.</summary>
    /// <param name="end">Its trailers, or its head if it was nothing else.</param>
    public HeaderList Alone(HeaderList end)
    {
        if (end.IndexOf(KnownHeader.Status) >= 0)
        {
            return end;
        }

        _headers.Clear();
        _headers.Add(KnownHeader.Status, "200"u8);
        _headers.Add(KnownHeader.ContentType, "application/grpc"u8);
        for (var i = 0; i < end.Count; i++)
        {
            var field = end[i];
            _headers.Add(field.Name, field.Value, field.NeverIndexed);
        }

        return _headers;
    }

    /// <summary>The end of an endpoint's answer gets another status; what else it says stays.</summary>
    public void Replace(Exchange exchange, in Outcome outcome, HeaderList end)
    {
        for (var i = end.Count - 1; i >= 0; i--)
        {
            if (end.KnownAt(i) is KnownHeader.GrpcStatus or KnownHeader.GrpcMessage or KnownHeader.GrpcStatusDetailsBin)
            {
                end.RemoveAt(i);
            }
        }

        AddStatus(exchange, outcome, end);
    }

    /// <summary>What happened, in one line.</summary>
    public static string Message(Exchange exchange, in Outcome outcome) => Encoding.UTF8.GetString(MessageOf(exchange, outcome));

    /// <summary>The same in UTF-8. Valid until the next call.</summary>
    public static ReadOnlySpan<byte> MessageOf(Exchange exchange, in Outcome outcome) => exchange.Worker.Answer._message.Of(exchange, outcome);

    private static void AddNumber(KnownHeader name, int number, HeaderList into)
    {
        Span<byte> digits = stackalloc byte[11];
        Utf8Formatter.TryFormat(number, digits, out var length);
        into.Add(name, digits[..length]);
    }

    private static int RoundUp(long ticks, long unit) => (int)Math.Min((ticks + unit - 1) / unit, int.MaxValue);

    /// <summary>
    /// The app beside us has provably seen nothing of the call (RFC 9113 section 8.7): whoever has called may try another instance,
    /// without a policy and whatever the method. An answer would take that from it.
    /// </summary>
    public static bool IsOfNobody(Exchange exchange, in Outcome outcome) =>
        exchange.Flow.Direction == Direction.Inbound
        && outcome.NotProcessed
        && !exchange.Response.IsCommitted
        && exchange.Attempts.Made == exchange.Attempts.NotProcessed;

    /// <summary>Inbound it stands in the place of the app's answer.</summary>
    private void SayWhose(Exchange exchange, in Outcome outcome)
    {
        if (exchange.Flow.Direction == Direction.Inbound)
        {
            LocalReply.Say(_headers, outcome.Reason);
        }
    }

    private void AddStatus(Exchange exchange, in Outcome outcome, HeaderList into)
    {
        var status = outcome.GrpcStatus is >= 0 and <= 16 ? outcome.GrpcStatus : GrpcStatus.Unknown;
        var message = _message.Of(exchange, outcome);
        AddNumber(KnownHeader.GrpcStatus, status, into);
        into.Add(KnownHeader.GrpcMessage, Percent(message));
        into.Add(KnownHeader.GrpcStatusDetailsBin, _details.Encode(exchange, outcome.Reason, status, message));
        if (exchange.Admission.RetryAfter is > 0 and var after)
        {
            AddNumber(KnownHeader.GrpcRetryPushbackMs, RoundUp(after, TimeSpan.TicksPerMillisecond), into); // gRFC A6
        }
    }

    private ReadOnlySpan<byte> Percent(ReadOnlySpan<byte> message)
    {
        if (message.IndexOfAnyExcept(Plain) < 0)
        {
            return message;
        }

        _encoded.Clear();
        Percent(message, _encoded);
        return _encoded.Written;
    }

    /// <summary>grpc-message is percent-encoded (gRPC over HTTP/2, "Responses").</summary>
    private static void Percent(ReadOnlySpan<byte> message, ByteBuffer into)
    {
        foreach (var b in message)
        {
            if (Plain.Contains(b))
            {
                into.Append([b]);
            }
            else
            {
                into.Append([(byte)'%', "0123456789ABCDEF"u8[b >> 4], "0123456789ABCDEF"u8[b & 15]]);
            }
        }
    }
}
