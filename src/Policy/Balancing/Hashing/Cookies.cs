using Mesh.Policy.Calls;

namespace Mesh.Policy.Balancing.Hashing;

/// <summary>
/// Reads the field <c>cookie</c> (RFC 6265 section 4.2.1): pairs that are separated by a semicolon, and in HTTP/2 perhaps in a field each
/// (RFC 9113 section 8.2.3).
/// </summary>
internal static class Cookies
{
    /// <summary>The value of the first cookie of a name, without quotes; false if there is none.</summary>
    public static bool TryFind(CallFacts call, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (var field = 0; call.TryGetHeader("cookie"u8, field, out var cookies); field++)
        {
            if (TryFind(cookies, name, out value))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    private static bool TryFind(ReadOnlySpan<byte> cookies, ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var range in cookies.Split((byte)';'))
        {
            var pair = cookies[range].Trim((byte)' ');
            if (pair.Length > name.Length && pair[name.Length] == (byte)'=' && pair.StartsWith(name))
            {
                value = pair[(name.Length + 1)..].Trim((byte)'"');
                return true;
            }
        }

        value = default;
        return false;
    }
}
