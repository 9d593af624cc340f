using System.Buffers.Text;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing.Answers;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Snapshot;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The answers in HTTP that a route gives itself: a redirect, or what its configuration says. In gRPC they are <see cref="MeshAnswer"/>'s
/// like any failure. One per worker, for its loop only; allocates nothing once its buffers have grown.
/// </summary>
internal sealed class RouteReply
{
    private const int NoContent = 204;

    private readonly HeaderList _headers = new();

    /// <summary>Whether it is for this to answer.</summary>
    public static bool IsMeant(Exchange exchange, in Outcome outcome) =>
        !exchange.IsGrpc && outcome.Reason is OutcomeReason.Redirected or OutcomeReason.DirectResponse;

    /// <summary>Gives the whole answer; nothing of another one is with the caller.</summary>
    public void Write(Exchange exchange, in Outcome outcome)
    {
        var answer = exchange.Route.Rule!.Answer!;
        _headers.Clear();
        AddNumber(KnownHeader.Status, outcome.HttpStatus);
        if (answer.Redirect is { } redirect)
        {
            _headers.Add(KnownHeader.Location, LocationOf(exchange, redirect));
        }

        AddBodyFields(answer, outcome.HttpStatus);
        exchange.Route.Rule.Rewrite?.Response?.ApplyTo(_headers);
        var hasBody = answer.Body.Length > 0 && !HttpMethods.IsHead(exchange.Request);
        exchange.Downstream!.WriteHeaders(_headers, endStream: !hasBody);
        if (hasBody)
        {
            exchange.Downstream.Write(answer.Body, endStream: true);
        }
    }

    private void AddBodyFields(RouteAnswer answer, int status)
    {
        if (answer.Body.Length > 0)
        {
            _headers.Add(KnownHeader.ContentType, answer.ContentType);
        }

        if (status != NoContent) // which must not say so (RFC 9110 section 8.6)
        {
            AddNumber(KnownHeader.ContentLength, answer.Body.Length);
        }
    }

    private static ReadOnlySpan<byte> LocationOf(Exchange exchange, Redirect redirect)
    {
        if (!exchange.Request.TryGet(KnownHeader.Authority, out var authority))
        {
            exchange.Request.TryGet(KnownHeader.Host, out authority);
        }

        var room = exchange.Worker.Room;
        room.Clear();
        room.Trim(); // somebody may have asked for a very long path
        room.Advance(redirect.Write(authority, exchange.Target, room.Reserve(redirect.MostBytes(authority, exchange.Target))));
        return room.Written;
    }

    private void AddNumber(KnownHeader name, int number)
    {
        Span<byte> digits = stackalloc byte[11];
        Utf8Formatter.TryFormat(number, digits, out var length);
        _headers.Add(name, digits[..length]);
    }
}
