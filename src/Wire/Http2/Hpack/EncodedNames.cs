namespace Mesh.Wire.Http2.Hpack;

/// <summary>The known names as string literals (RFC 7541 section 5.2), encoded once. Read only.</summary>
internal static class EncodedNames
{
    private static readonly byte[][] Literals = Encode();

    public static ReadOnlySpan<byte> Of(KnownHeader known) => Literals[(int)known];

    private static byte[][] Encode()
    {
        var literals = new byte[KnownHeaders.Count][];
        Span<byte> scratch = stackalloc byte[64];
        for (var i = 0; i < literals.Length; i++)
        {
            var length = HpackString.Write(scratch, KnownHeaders.NameOf((KnownHeader)i));
            literals[i] = scratch[..length].ToArray();
        }

        return literals;
    }
}
