using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// Copies a short run of bytes 32 at a time. Header fields are mostly shorter than two such steps, where the call into the
/// general copy costs more than the copy; the longest, of the size of a table, loses little. Both ends must own <see cref="Slack"/> bytes behind the run: those of the
/// source may be read and those of the destination overwritten. The runs must not overlap.
/// </summary>
internal static class PaddedCopy
{
    /// <summary>Bytes that every buffer copied from or to keeps behind its last used byte.</summary>
    public const int Slack = 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ref byte source, ref byte destination, int length)
    {
        nuint offset = 0;
        do
        {
            var low = Vector128.LoadUnsafe(ref source, offset);
            var high = Vector128.LoadUnsafe(ref source, offset + 16);
            low.StoreUnsafe(ref destination, offset);
            high.StoreUnsafe(ref destination, offset + 16);
            offset += Slack;
        }
        while (offset < (nuint)length);
    }
}
