using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>
/// How a call ended, as one small number: gRPC's codes 0 to 16 for gRPC, and from 17 on the classes of HTTP's statuses for
/// everything else.
/// </summary>
internal static class CallCode
{
    /// <summary>How many there are.</summary>
    public const int Count = FirstHttp + 5;

    private const int FirstHttp = GrpcStatus.Unauthenticated + 1;

    private static readonly string[] Names = [.. GrpcStatus.Names, "HTTP_1XX", "HTTP_2XX", "HTTP_3XX", "HTTP_4XX", "HTTP_5XX"];

    /// <summary>gRPC's name in capitals, or HTTP_1XX (another protocol goes on, as with WebSockets), HTTP_2XX and so on.</summary>
    public static string NameOf(int code) => Names[code];

    public static bool IsGrpc(int code) => code < FirstHttp;

    public static int Of(bool isGrpc, in Outcome outcome)
    {
        if (isGrpc)
        {
            return outcome.GrpcStatus is >= 0 and < FirstHttp ? outcome.GrpcStatus : GrpcStatus.Unknown;
        }

        return outcome switch
        {
            { Class: OutcomeClass.Cancelled } => GrpcStatus.Cancelled,
            { HttpStatus: >= 100 and < 600 } => FirstHttp + (outcome.HttpStatus / 100) - 1,
            _ => FirstHttp + ((Reasons.Of(outcome.Reason).HttpStatus is > 0 and var status ? status : 503) / 100) - 1, // as the mesh answers it
        };
    }

    /// <summary>Whether the code lets the method be one that there is: a server has none for UNIMPLEMENTED.</summary>
    public static bool IsMethodKnown(int code) => code != GrpcStatus.Unimplemented;

    /// <summary>
    /// Whether a code says that the call failed: for a caller every one but OK, for a server only those that are the
    /// server's fault (OpenTelemetry's semantic conventions for gRPC, "span status").
    /// </summary>
    public static bool IsError(int code, Direction direction)
    {
        const uint serverFaults =
            (1u << GrpcStatus.Unknown) |
            (1u << GrpcStatus.DeadlineExceeded) |
            (1u << GrpcStatus.Unimplemented) |
            (1u << GrpcStatus.Internal) |
            (1u << GrpcStatus.Unavailable) |
            (1u << GrpcStatus.DataLoss);
        if (!IsGrpc(code))
        {
            return direction == Direction.Outbound ? code >= Count - 2 : code == Count - 1;
        }

        return direction == Direction.Outbound ? code != GrpcStatus.Ok : (serverFaults >> code & 1) != 0;
    }
}
