using System.Buffers.Text;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Faults;

/// <summary>What a call is answered on purpose, in both protocols.</summary>
/// <param name="Grpc">A gRPC status code, 1 to 16.</param>
/// <param name="Http">An HTTP status, 200 to 599.</param>
public readonly record struct FaultStatus(int Grpc, int Http)
{
    /// <summary>What stands for a code in HTTP.</summary>
    public static FaultStatus OfGrpc(int code) => new(code, GrpcStatus.ToHttpStatus(code));

    /// <summary>What stands for a status in gRPC; where it says nothing, UNKNOWN.</summary>
    public static FaultStatus OfHttp(int status) => new(GrpcStatus.FromHttpStatus(status), status);

    /// <summary>As a caller writes it: a gRPC code but OK, by name or number, or an HTTP status of three digits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out FaultStatus status)
    {
        var isNumber = Utf8Parser.TryParse(text, out int number, out var used) && used == text.Length;
        if (isNumber && number is >= 200 and <= 599)
        {
            status = OfHttp(number);
            return true;
        }

        var isCode = isNumber || GrpcStatus.TryParseName(text, out number);
        status = OfGrpc(number);
        return isCode && number is > GrpcStatus.Ok and <= GrpcStatus.Unauthenticated;
    }
}
