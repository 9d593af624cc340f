using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh;

/// <summary>
/// A host and a port, as options and files write them: <c>HOST:PORT</c>, an IPv6 address in brackets: <c>[::1]:80</c>
/// (RFC 3986 section 3.2.2).
/// </summary>
/// <param name="Host">A DNS name or an IP address (IPv6 without brackets).</param>
/// <param name="Port">0 to 65535. What 0 means, a free port or a slip, is for the reader of the option to say.</param>
public readonly record struct HostPort(string Host, int Port)
{
    private const int MaxHost = 253;
    private const int MaxPortDigits = 5;

    /// <summary>Of IPv6 with a zone (RFC 4007 section 11): parsers take anything for the zone, line ends as well.</summary>
    private static readonly SearchValues<char> AddressCharacters =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:.%_-");

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Reads <c>HOST:PORT</c>; false if it is ill-formed.</summary>
    public static bool TryParse(string text, out HostPort value) => TryParse(text, out value, out _);

    /// <summary>The same, with the reason.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">What was read.</param>
    /// <param name="error">What is wrong and what would be right; it goes on after the text in quotes.</param>
    public static bool TryParse(string text, out HostPort value, out string error)
    {
        value = default;
        var colon = text.LastIndexOf(':');
        if (colon < 0)
        {
            error = "has no port; write it like 127.0.0.1:8080";
            return false;
        }

        var digits = text.AsSpan(colon + 1);
        if (digits.Length > MaxPortDigits || !ushort.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
        {
            error = "has no valid port after the last ':'; a port is a number of up to 65535";
            return false;
        }

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
            if (!host.Contains(':'))
            {
                error = "has brackets without an IPv6 address in them; leave them out";
                return false;
            }
        }
        else if (host.Contains(':'))
        {
            error = "has more than one ':'; an IPv6 address stands in brackets, like [::1]:8080";
            return false;
        }

        if (!IsHost(host))
        {
            error = "has no valid host; a host is a DNS name or an IP address";
            return false;
        }

        value = new HostPort(host, port);
        error = "";
        return true;
    }

    /// <summary>Whether the text is an IP address (IPv6 without brackets) or a DNS name.</summary>
    public static bool IsHost(string text)
    {
        if (text.Length is 0 or > MaxHost)
        {
            return false;
        }

        if (text.Contains(':'))
        {
            return IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6
                && text.AsSpan().IndexOfAnyExcept(AddressCharacters) < 0 && text.Split('%') is [_] or [_, not ""];
        }

        var labels = text.TrimEnd('.').Split('.');
        // No top-level domain is a number: it is an address in four parts, or a slip such as 127.0.0.
        return IsNumber(labels[^1]) ? text[^1] != '.' && IsDottedQuad(labels) : labels.All(IsLabel);
    }

    /// <summary>Parsers take 0177.0.0.1 for octal, some, and for decimal, others; 0x7f.1 likewise. Nobody writes either on purpose.</summary>
    private static bool IsDottedQuad(string[] parts) => parts.Length == 4 && parts.All(part =>
        part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit) && (part[0] != '0' || part.Length == 1)
        && int.Parse(part, CultureInfo.InvariantCulture) <= byte.MaxValue);

    private static bool IsNumber(string label) => label.Length > 0
        && (label.All(char.IsAsciiDigit)
            || (label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && label.AsSpan(2).IndexOfAnyExcept(HexDigits) < 0));

    /// <summary>The socket address, if the host is an IP address or <c>localhost</c>; no name is looked up.</summary>
    public bool TryGetEndPoint([MaybeNullWhen(false)] out IPEndPoint endPoint)
    {
        var found = IPAddress.TryParse(Host, out var address);
        if (!found && Host == "localhost")
        {
            address = IPAddress.Loopback;
        }

        endPoint = address is null ? null : new IPEndPoint(address, Port);
        return endPoint is not null;
    }

    /// <summary>As it is read.</summary>
    public override string ToString() => Host.Contains(':')
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    // Underscores are no part of host names, but container tools make such names and resolvers take them.
    private static bool IsLabel(string label)
        => label.Length is > 0 and <= DnsLabel.MaxLength
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && label[0] != '-' && label[^1] != '-';
}
