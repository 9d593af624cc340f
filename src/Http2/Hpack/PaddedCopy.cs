using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Mesh.Http2.Hpack;

/// <summary>
/// Copies a short run of bytes with fixed-size moves. Header fields are mostly shorter than 32 bytes, where the call
/// into the general copy costs more than the copy. Both ends must own <see cref="Slack"/> bytes behind the run: those of the
/// source may be read and those of the destination overwritten. The runs must not overlap.
/// </summary>
internal static class PaddedCopy
{
    /// <summary>Bytes that every buffer copied from or to keeps behind its last used byte.</summary>
    public const int Slack = 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(ref byte source, ref byte destination, int length)
    {
        if (length <= Slack)
        {
            var low = Vector128.LoadUnsafe(ref source);
            var high = Vector128.LoadUnsafe(ref source, 16);
            low.StoreUnsafe(ref destination);
            high.StoreUnsafe(ref destination, 16);
        }
        else
        {
            Unsafe.CopyBlockUnaligned(ref destination, ref source, (uint)length);
        }
    }
}
