namespace Mesh.Wire.Tls;

/// <summary>
/// Reads the id out of a certificate's subject alternative names (RFC 5280 section 4.2.1.6, in DER): there must be exactly one URI, and it
/// must be an id to the letter. Whatever stands there, it answers.
/// </summary>
internal static class SubjectNames
{
    private const byte Sequence = 0x30;

    /// <summary>uniformResourceIdentifier [6] IA5String.</summary>
    private const byte Uri = 0x86;

    /// <summary>Looks for the one id.</summary>
    /// <param name="names">The content of the extension.</param>
    /// <param name="fault">What is wrong, for people, if there is none.</param>
    public static SpiffeId? Read(ReadOnlySpan<byte> names, out string fault)
    {
        fault = "its names cannot be read";
        if (!TryTake(ref names, out var tag, out var list) || tag != Sequence || !names.IsEmpty)
        {
            return null;
        }

        var uri = names;
        var uris = 0;
        while (!list.IsEmpty)
        {
            if (!TryTake(ref list, out tag, out var name))
            {
                return null;
            }

            if (tag == Uri)
            {
                uri = name;
                uris++;
            }
        }

        if (uris != 1)
        {
            fault = uris == 0 ? "it has no SPIFFE id" : "it has more than one URI among its names";
            return null;
        }

        fault = "its URI is no SPIFFE id";
        return SpiffeId.TryParse(uri, out var id) ? id : null;
    }

    /// <summary>Takes one element off the front.</summary>
    private static bool TryTake(scoped ref ReadOnlySpan<byte> der, out byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        tag = 0;
        if (der.Length < 2 || (der[0] & 0x1f) == 0x1f)
        {
            return false;
        }

        tag = der[0];
        int length = der[1];
        var head = 2;
        if (length >= 0x80)
        {
            var bytes = length & 0x7f;
            if (bytes is 0 or > 3 || der.Length < 2 + bytes)
            {
                return false;
            }

            length = 0;
            for (var i = 0; i < bytes; i++)
            {
                length = (length << 8) | der[2 + i];
            }

            head += bytes;
        }

        if (length > der.Length - head)
        {
            return false;
        }

        content = der.Slice(head, length);
        der = der[(head + length)..];
        return true;
    }
}
