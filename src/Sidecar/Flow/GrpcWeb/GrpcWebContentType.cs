using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>
/// The content types of gRPC-Web and of gRPC, and one made of the other: <c>application/grpc-web[-text]</c> and
/// <c>application/grpc</c>, each with what follows it, <c>+proto</c> as a rule. Case does not matter (RFC 9110 section 8.3.1). Pure.
/// </summary>
internal static class GrpcWebContentType
{
    private static ReadOnlySpan<byte> Grpc => "application/grpc"u8;

    private static ReadOnlySpan<byte> Web => "application/grpc-web"u8;

    private static ReadOnlySpan<byte> Text => "application/grpc-web-text"u8;

    /// <summary>Which form it names.</summary>
    public static GrpcWebForm FormOf(ReadOnlySpan<byte> contentType) =>
        Names(contentType, Text) ? GrpcWebForm.Text
        : Names(contentType, Web) ? GrpcWebForm.Binary
        : GrpcWebForm.None;

    /// <summary>Whether it is gRPC's own.</summary>
    public static bool IsGrpc(ReadOnlySpan<byte> contentType) => Names(contentType, Grpc);

    /// <summary>Makes gRPC's of the field, which names that form.</summary>
    public static void ToGrpc(HeaderList headers, int index, GrpcWebForm form) =>
        Replace(headers, index, (form == GrpcWebForm.Text ? Text : Web).Length, Grpc);

    /// <summary>Makes that form's of the field, which is gRPC's.</summary>
    public static void ToWeb(HeaderList headers, int index, GrpcWebForm form) =>
        Replace(headers, index, Grpc.Length, form == GrpcWebForm.Text ? Text : Web);

    private static bool Names(ReadOnlySpan<byte> value, ReadOnlySpan<byte> type) =>
        value.Length >= type.Length
        && Ascii.EqualsIgnoreCase(value[..type.Length], type)
        && (value.Length == type.Length || value[type.Length] is (byte)'+' or (byte)';' or (byte)' ' or (byte)'\t');

    private static void Replace(HeaderList headers, int index, int length, ReadOnlySpan<byte> type)
    {
        var rest = headers.ValueAt(index)[length..];
        const int most = 256;
        if (rest.Length > most)
        {
            rest = default; // nothing that anybody sends; the type stands for itself
        }

        Span<byte> value = stackalloc byte[Text.Length + most];
        type.CopyTo(value);
        rest.CopyTo(value[type.Length..]);
        headers.SetValue(index, value[..(type.Length + rest.Length)]);
    }
}
