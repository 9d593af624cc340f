using System.Buffers;
using System.Buffers.Text;

namespace Mesh.Wire.Messages;

/// <summary>
/// What may stand in :authority: a host and perhaps a port (RFC 9113 section 8.3.1, RFC 3986 section 3.2). No user, whom a reader might
/// take for the host; nothing that ends an authority for one reader and not for another. Pure.
/// </summary>
public static class Authority
{
    /// <summary>RFC 3986 section 3.2.2, reg-name: unreserved, sub-delims, and the percent sign of encoded octets.</summary>
    private static readonly SearchValues<byte> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%"u8);

    /// <summary>Section 3.2.2, IP-literal, without its brackets: addresses, their zones, and what may come after IPv6.</summary>
    private static readonly SearchValues<byte> LiteralCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%:"u8);

    /// <summary>Whether it may; an empty one may not.</summary>
    public static bool IsValid(ReadOnlySpan<byte> authority)
    {
        int end;
        if (!authority.IsEmpty && authority[0] == (byte)'[')
        {
            end = authority.IndexOf((byte)']') + 1;
            if (end < 3 || authority[1..(end - 1)].ContainsAnyExcept(LiteralCharacters))
            {
                return false;
            }
        }
        else
        {
            end = authority.IndexOf((byte)':');
            end = end < 0 ? authority.Length : end;
            if (end == 0 || authority[..end].ContainsAnyExcept(NameCharacters))
            {
                return false;
            }
        }

        return IsPort(authority[end..]);
    }

    /// <summary>Nothing, or a colon and a number that a port can be; the number may be left out (RFC 3986 section 3.2.3).</summary>
    private static bool IsPort(ReadOnlySpan<byte> port)
    {
        if (port.IsEmpty || port.SequenceEqual(":"u8))
        {
            return true;
        }

        return port[0] == (byte)':'
            && !port[1..].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(port[1..], out ushort _, out var used)
            && used == port.Length - 1;
    }
}
