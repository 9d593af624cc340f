namespace Mesh.Sidecar.Routing;

/// <summary>The name of a service in an authority.</summary>
internal static class ServiceName
{
    /// <summary>Longest name of a service: a DNS label.</summary>
    public const int MaxLength = 63;

    /// <summary>What is before the port and the suffix ".mesh". Names are lower case; so is what is found.</summary>
    public static ReadOnlySpan<byte> FromAuthority(ReadOnlySpan<byte> authority)
    {
        var port = authority.LastIndexOf((byte)':');
        if (port >= 0)
        {
            authority = authority[..port];
        }

        var suffix = ".mesh"u8;
        return authority.Length > suffix.Length && authority.EndsWith(suffix) ? authority[..^suffix.Length] : authority;
    }

    /// <summary>A DNS label: 1 to 63 of [a-z0-9-], beginning and ending with a letter or digit.</summary>
    public static bool IsValid(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name.Length > MaxLength || name[0] == (byte)'-' || name[^1] == (byte)'-')
        {
            return false;
        }

        foreach (var b in name)
        {
            if (b is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-'))
            {
                return false;
            }
        }

        return true;
    }
}
