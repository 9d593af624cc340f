using System.Buffers.Text;

namespace Mesh.Sidecar.Phases;

/// <summary>How many more may pass a TRACE or an OPTIONS on (RFC 9110 section 7.6.2).</summary>
internal static class MaxForwards
{
    /// <summary>Whether the field means anything with this method.</summary>
    public static bool IsMeant(ReadOnlySpan<byte> method) => method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("TRACE"u8);

    /// <summary>What is no number says nothing.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out uint left) => Utf8Parser.TryParse(value, out left, out var used) && used == value.Length;
}
