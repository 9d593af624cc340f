using System.Buffers;
using System.Text;

namespace Mesh.Sidecar.Routing;

/// <summary>The name of a service in an authority.</summary>
internal static class ServiceName
{
    /// <summary>What is before the port and the suffix ".mesh", in the case in which it came.</summary>
    public static ReadOnlySpan<byte> FromAuthority(ReadOnlySpan<byte> authority)
    {
        var port = authority.LastIndexOf((byte)':');
        if (port >= 0)
        {
            authority = authority[..port];
        }

        var suffix = ".mesh"u8;
        return authority.Length > suffix.Length && Ascii.EqualsIgnoreCase(authority[^suffix.Length..], suffix) ? authority[..^suffix.Length] : authority;
    }

    /// <summary>The same name in lower case, as services have it: hosts are not told apart by case (RFC 3986 section 3.2.2).</summary>
    /// <param name="name">As it came; one that is too long for a service's stays as it is.</param>
    /// <param name="room">For <see cref="DnsLabel.MaxLength"/>.</param>
    public static ReadOnlySpan<byte> InLowerCase(ReadOnlySpan<byte> name, Span<byte> room)
    {
        if (name.Length > room.Length || !name.ContainsAnyInRange((byte)'A', (byte)'Z'))
        {
            return name;
        }

        return Ascii.ToLower(name, room, out var length) == OperationStatus.Done ? room[..length] : name;
    }
}
