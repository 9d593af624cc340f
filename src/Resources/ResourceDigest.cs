using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>What tells a resource as it was sent from any other: a few octets that are made once, where it changes. Pure.</summary>
public static class ResourceDigest
{
    /// <summary>As discovery.proto has it, see <c>Holding</c>.</summary>
    /// <param name="resource">Whole, with its body: not one that only says that it is unchanged.</param>
    public static ulong Of(Resource resource)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{resource.Kind}\n{resource.Name}\n{resource.Version}\n{(resource.Absent ? "absent" : "present")}\n")));
        hash.AppendData(resource.Body.Span);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return BinaryPrimitives.ReadUInt64BigEndian(digest);
    }
}
