using System.Globalization;
using Mesh.V1;

namespace Mesh.Diagnosis.Records;

/// <summary>Parts of a record as people read them.</summary>
public static class CallText
{
    private static readonly string[] Codes =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>What the caller was told: gRPC's code by name, or HTTP's status.</summary>
    public static string Code(CallReport call) => call.Protocol == "grpc" ? Code(call.GrpcStatus) : Number($"HTTP {call.HttpStatus}");

    /// <summary>The same of an attempt.</summary>
    public static string Code(CallReport call, AttemptReport attempt) =>
        call.Protocol == "grpc" || attempt.HttpStatus == 0 ? Code(attempt.GrpcStatus) : Number($"HTTP {attempt.HttpStatus}");

    /// <summary>Three digits and a unit: 1.25 s, 340 ms, 12.1 ms, 85 µs.</summary>
    public static string Time(long micros) => micros switch
    {
        >= 60_000_000 => Number($"{micros / 60_000_000.0:0.#} min"),
        >= 1_000_000 => Number($"{micros / 1_000_000.0:0.##} s"),
        >= 100_000 => Number($"{micros / 1000.0:0} ms"),
        >= 1000 => Number($"{micros / 1000.0:0.#} ms"),
        _ => Number($"{micros} µs"),
    };

    private static string Code(int status) => status >= 0 && status < Codes.Length ? Codes[status] : "no code";

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
