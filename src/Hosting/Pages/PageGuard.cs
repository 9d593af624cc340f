using System.Net;

namespace Mesh.Hosting;

/// <summary>
/// What the pages that every program serves over HTTP do against other people's web pages: a page in a browser on this machine
/// may have a name of its own point to 127.0.0.1 (DNS rebinding) and then read what is served there as if it were its own.
/// Immutable, any thread.
/// </summary>
/// <param name="option">The option that lists further names, for the refusal.</param>
/// <param name="listed">Names that are taken beside those of this machine; <c>*</c> takes any.</param>
public sealed class PageGuard(string option, IReadOnlyList<string> listed)
{
    /// <summary>RFC 9110 section 15.5.20: not who the request was meant for.</summary>
    public const int MisdirectedRequest = 421;

    /// <summary>In quotes, in the refusal.</summary>
    private const int LongestShown = 80;

    private readonly bool _takesAny = listed.Contains("*");

    /// <summary>
    /// What every answer carries, names and values: it is not to be guessed at, run, framed, or read by pages of other origins,
    /// and is true now alone.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers { get; } =
    [
        new("Cache-Control", "no-store"),
        new("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
        new("Cross-Origin-Resource-Policy", "same-origin"),
        new("Referrer-Policy", "no-referrer"),
        new("X-Content-Type-Options", "nosniff"),
        new("X-Frame-Options", "DENY"),
    ];

    /// <summary>Null if a request may be answered, or one line for a <see cref="MisdirectedRequest"/>.</summary>
    /// <param name="host">Its Host, without the port; empty if it has none, which no browser sends.</param>
    /// <param name="local">Our end of its connection. Elsewhere than on loopback names are other people's to give, unless some are listed.</param>
    public string? WhyRefused(string host, IPAddress? local)
    {
        // Nobody can have an address point elsewhere.
        if (host.Length == 0 || _takesAny || IsLocalName(host) || IPAddress.TryParse(host, out _)
            || listed.Contains(host.TrimEnd('.'), StringComparer.OrdinalIgnoreCase))
        {
            return null;
        }

        return listed.Count == 0 && local is not null && !IPAddress.IsLoopback(local)
            ? null
            : $"there is no '{PrintableText.Of(host, LongestShown)}' here: ask for localhost or an address, or start this with {option} {PrintableText.Of(host, LongestShown)}";
    }

    /// <summary>RFC 6761 section 6.3: names that browsers do not look up.</summary>
    private static bool IsLocalName(string host)
    {
        var name = host.TrimEnd('.');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
