using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Mesh;

/// <summary>
/// Who a workload is: <c>spiffe://TRUST_DOMAIN/PATH</c>, as the SPIFFE ID specification writes it. The mesh's own are
/// <c>spiffe://TRUST_DOMAIN/service/NAME</c>. Two are the same if their texts are, to the byte.
/// </summary>
public sealed record SpiffeId
{
    /// <summary>In bytes (SPIFFE ID section 2.3).</summary>
    public const int MaxLength = 2048;

    private const int MaxTrustDomain = 255;
    private const string Scheme = "spiffe://";
    private const string ServicePath = "/service/";

    private static readonly SearchValues<byte> DomainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-._"u8);
    private static readonly SearchValues<byte> PathCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/"u8);

    private SpiffeId(string text, int path)
    {
        Text = text;
        TrustDomain = text[Scheme.Length..path];
        Path = text[path..];
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    /// <summary>Whose word it is that somebody is this.</summary>
    public string TrustDomain { get; }

    /// <summary>What stands behind the trust domain, with its slash; empty where nothing does, which names the trust domain itself.</summary>
    public string Path { get; }

    /// <summary>The service that it is, if it is one of the mesh's; null of all others.</summary>
    public string? Service => Path.StartsWith(ServicePath, StringComparison.Ordinal) && DnsLabel.IsValid(Path[ServicePath.Length..]) ? Path[ServicePath.Length..] : null;

    /// <summary>The mesh's own of a service.</summary>
    /// <param name="trustDomain">As <see cref="IsTrustDomain"/> takes it.</param>
    /// <param name="service">A name of a service.</param>
    public static SpiffeId OfService(string trustDomain, string service) => new($"{Scheme}{trustDomain}{ServicePath}{service}", Scheme.Length + trustDomain.Length);

    /// <summary>1 to 255 of [a-z0-9._-].</summary>
    public static bool IsTrustDomain(ReadOnlySpan<byte> text) => text.Length is >= 1 and <= MaxTrustDomain && !text.ContainsAnyExcept(DomainCharacters);

    /// <summary>Reads one; nothing is put right: what is no id to the letter is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;
        if (text.Length > MaxLength || !text.StartsWith("spiffe://"u8))
        {
            return false;
        }

        var rest = text[Scheme.Length..];
        var slash = rest.IndexOf((byte)'/');
        var domain = slash < 0 ? rest : rest[..slash];
        if (!IsTrustDomain(domain) || !IsPath(rest[domain.Length..]))
        {
            return false;
        }

        id = new SpiffeId(Encoding.ASCII.GetString(text), Scheme.Length + domain.Length);
        return true;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out SpiffeId?)"/>
    public static bool TryParse(string text, [NotNullWhen(true)] out SpiffeId? id) => TryParse(Encoding.UTF8.GetBytes(text), out id);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Whether it is empty, or each of its segments has a name that is not "." or ".." (SPIFFE ID section 2.2).</summary>
    private static bool IsPath(ReadOnlySpan<byte> path)
    {
        if (path.ContainsAnyExcept(PathCharacters))
        {
            return false;
        }

        while (!path.IsEmpty)
        {
            var rest = path[1..];
            var end = rest.IndexOf((byte)'/');
            var segment = end < 0 ? rest : rest[..end];
            if (segment.IsEmpty || segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
            {
                return false;
            }

            path = rest[segment.Length..];
        }

        return true;
    }
}
