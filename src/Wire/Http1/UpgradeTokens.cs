using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>What Upgrade asks for (RFC 9110 section 7.8).</summary>
internal static class UpgradeTokens
{
    /// <summary>
    /// Whether there is something that may be passed on. h2c may not: RFC 9113 section 3.1 has done away with it, and an app that took
    /// it would speak HTTP/2 with the caller past everything that the mesh decides.
    /// </summary>
    public static bool AreWanted(HeaderList list)
    {
        var areWanted = false;
        for (var i = 0; i < list.Count; i++)
        {
            if (list.KnownAt(i) != KnownHeader.Upgrade)
            {
                continue;
            }

            foreach (var token in new ListElements(list.ValueAt(i)))
            {
                if (Ascii.EqualsIgnoreCase(token, "h2c"u8))
                {
                    return false;
                }

                areWanted |= !token.IsEmpty;
            }
        }

        return areWanted;
    }
}
