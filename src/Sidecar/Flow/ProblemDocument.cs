using System.Buffers.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// A failure of the mesh's own for programs that speak HTTP: a problem document (RFC 9457) with what <see cref="ErrorDetails"/> says in gRPC.
/// For who accepts JSON; others get a line of text. Part of <see cref="MeshAnswer"/>.
/// </summary>
internal static class ProblemDocument
{
    public static ReadOnlySpan<byte> ContentType => "application/problem+json"u8;

    public static bool IsWanted(HeaderList request) =>
        request.TryGet(KnownHeader.Accept, out var accept)
        && (accept.IndexOf(ContentType) >= 0 || accept.IndexOf("application/json"u8) >= 0);

    /// <param name="to">Gets it.</param>
    /// <param name="exchange">The call.</param>
    /// <param name="reason">Why it failed.</param>
    /// <param name="status">HTTP's.</param>
    /// <param name="message">What happened, in UTF-8.</param>
    public static void Write(ByteBuffer to, Exchange exchange, OutcomeReason reason, int status, ReadOnlySpan<byte> message)
    {
        to.Append("{\"type\":\"about:blank\",\"status\":"u8);
        Utf8Formatter.TryFormat(status, to.Reserve(11), out var length);
        to.Advance(length);
        Add(to, ",\"detail\":\""u8, message);
        Add(to, "\",\"domain\":\""u8, "mesh"u8);
        Add(to, "\",\"reason\":\""u8, ErrorDetails.NameOf(reason));
        if ((exchange.Route.Asked ?? exchange.Route.Cluster) is { } asked)
        {
            Add(to, "\",\"service\":\""u8, asked.Key);
        }

        Add(to, "\",\"hop\":\""u8, exchange.Flow.Direction == Direction.Inbound ? "inbound"u8 : "outbound"u8);
        Add(to, "\",\"instance_id\":\""u8, exchange.Worker.Instance);
        to.Append("\"}\n"u8);
    }

    private static void Add(ByteBuffer to, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        to.Append(name);
        foreach (var octet in value)
        {
            if (octet < 0x20)
            {
                to.Append("?"u8);
                continue;
            }

            if (octet is (byte)'"' or (byte)'\\')
            {
                to.Append("\\"u8);
            }

            to.Append([octet]);
        }
    }
}
