using System.Globalization;

namespace Mesh.Policy.Outcomes;

/// <summary>gRPC's status codes (grpc/doc/statuscodes.md): their names, and what other protocols' codes map to.</summary>
public static class GrpcStatus
{
#pragma warning disable CS1591 // The names are gRPC's own.
    public const int Ok = 0;
    public const int Cancelled = 1;
    public const int Unknown = 2;
    public const int InvalidArgument = 3;
    public const int DeadlineExceeded = 4;
    public const int NotFound = 5;
    public const int AlreadyExists = 6;
    public const int PermissionDenied = 7;
    public const int ResourceExhausted = 8;
    public const int FailedPrecondition = 9;
    public const int Aborted = 10;
    public const int OutOfRange = 11;
    public const int Unimplemented = 12;
    public const int Internal = 13;
    public const int Unavailable = 14;
    public const int DataLoss = 15;
    public const int Unauthenticated = 16;
#pragma warning restore CS1591

    private static readonly string[] Texts =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>All names, by code.</summary>
    public static ReadOnlySpan<string> Names => Texts;

    /// <summary>The name in UTF-8; of a code that gRPC does not have, that of UNKNOWN.</summary>
    public static ReadOnlySpan<byte> NameOf(int code) => code switch
    {
        Ok => "OK"u8,
        Cancelled => "CANCELLED"u8,
        InvalidArgument => "INVALID_ARGUMENT"u8,
        DeadlineExceeded => "DEADLINE_EXCEEDED"u8,
        NotFound => "NOT_FOUND"u8,
        AlreadyExists => "ALREADY_EXISTS"u8,
        PermissionDenied => "PERMISSION_DENIED"u8,
        ResourceExhausted => "RESOURCE_EXHAUSTED"u8,
        FailedPrecondition => "FAILED_PRECONDITION"u8,
        Aborted => "ABORTED"u8,
        OutOfRange => "OUT_OF_RANGE"u8,
        Unimplemented => "UNIMPLEMENTED"u8,
        Internal => "INTERNAL"u8,
        Unavailable => "UNAVAILABLE"u8,
        DataLoss => "DATA_LOSS"u8,
        Unauthenticated => "UNAUTHENTICATED"u8,
        _ => "UNKNOWN"u8,
    };

    /// <summary>The name as a string; of a code that gRPC does not have, UNKNOWN.</summary>
    public static string TextOf(int code) => (uint)code < (uint)Texts.Length ? Texts[code] : Texts[Unknown];

    /// <summary>The code of a name in capitals, as the names above are, or of a number that gRPC has, in digits.</summary>
    public static bool TryParse(string name, out int code)
    {
        code = Array.IndexOf(Texts, name);
        return code >= 0
            || (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out code) && code < Texts.Length);
    }

    /// <summary>The same of a name in UTF-8.</summary>
    public static bool TryParseName(ReadOnlySpan<byte> name, out int code)
    {
        for (code = 0; code < Texts.Length; code++)
        {
            if (name.SequenceEqual(NameOf(code)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// The value of a <c>grpc-status</c> header: one or two digits. A number that gRPC does not have is UNKNOWN, as
    /// clients take it; false for anything that is no such number.
    /// </summary>
    public static bool TryParseCode(ReadOnlySpan<byte> digits, out int code)
    {
        code = Unknown;
        if (digits.Length is 0 or > 9)
        {
            return false;
        }

        var value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        code = value <= Unauthenticated ? value : Unknown;
        return true;
    }

    /// <summary>Of an answer without a gRPC status (grpc/doc/http-grpc-status-mapping.md).</summary>
    public static int FromHttpStatus(int status) => status switch
    {
        400 => Internal,
        401 => Unauthenticated,
        403 => PermissionDenied,
        404 => Unimplemented,
        429 or 502 or 503 or 504 => Unavailable,
        _ => Unknown,
    };

    /// <summary>What stands for a code in HTTP (google/rpc/code.proto).</summary>
    public static int ToHttpStatus(int code) => code switch
    {
        Ok => 200,
        InvalidArgument or FailedPrecondition or OutOfRange => 400,
        Unauthenticated => 401,
        PermissionDenied => 403,
        NotFound => 404,
        AlreadyExists or Aborted => 409,
        ResourceExhausted => 429,
        Cancelled => 499,
        Unimplemented => 501,
        Unavailable => 503,
        DeadlineExceeded => 504,
        _ => 500,
    };

    /// <summary>
    /// Of a stream reset with an HTTP/2 error code (grpc/doc/PROTOCOL-HTTP2.md, "Errors"). Codes for which that page has
    /// no mapping (STREAM_CLOSED, HTTP_1_1_REQUIRED, unknown ones) are UNKNOWN.
    /// </summary>
    public static int FromResetCode(uint errorCode) => errorCode switch
    {
        0x0 or 0x1 or 0x2 or 0x3 or 0x4 or 0x6 or 0x9 or 0xa => Internal,
        0x7 => Unavailable,
        0x8 => Cancelled,
        0xb => ResourceExhausted,
        0xc => PermissionDenied,
        _ => Unknown,
    };
}
