using System.Buffers.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>
/// What a caller writes into headers that the mesh, or a server behind it, may take for more than a caller's word. Nothing
/// that the mesh acts upon is believed:
/// <list type="bullet">
/// <item><c>grpc-previous-rpc-attempts</c>: a client that retries by itself says so (gRFC A6). One small number stays, and our
/// own attempts are added to it; anything else goes.</item>
/// <item><c>x-mesh-hops</c>: see <see cref="Hops"/>. Other names under <c>x-mesh-</c> mean nothing to a sidecar, and pass as
/// any header does.</item>
/// <item><c>grpc-timeout</c> shortens what the route allows and never lengthens it: see <see cref="RequestFlow"/>.</item>
/// <item><c>traceparent</c>, <c>tracestate</c> and <c>b3</c>: see <see cref="CallTracing"/>; what is malformed
/// goes.</item>
/// </list>
/// </summary>
internal static class CallerHeaders
{
    /// <summary>Nobody has tried more often.</summary>
    private const int MostPreviousAttempts = 999;

    /// <summary>Attempts that the caller itself has made before.</summary>
    /// <param name="request">The head as it came; what it should not say on that is taken out.</param>
    public static int ReadPreviousAttempts(HeaderList request)
    {
        var index = request.IndexOf(KnownHeader.GrpcPreviousRpcAttempts);
        if (index < 0)
        {
            return 0;
        }

        if (TryReadAttempts(request.ValueAt(index), out var attempts) && !IsRepeated(request, index))
        {
            return attempts;
        }

        request.RemoveAll(KnownHeader.GrpcPreviousRpcAttempts);
        return 0;
    }

    private static bool TryReadAttempts(ReadOnlySpan<byte> value, out int attempts) =>
        Utf8Parser.TryParse(value, out attempts, out var used) && used == value.Length && attempts is > 0 and <= MostPreviousAttempts;

    private static bool IsRepeated(HeaderList request, int index)
    {
        for (var i = index + 1; i < request.Count; i++)
        {
            if (request.KnownAt(i) == request.KnownAt(index))
            {
                return true;
            }
        }

        return false;
    }
}
