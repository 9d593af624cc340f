using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Resources;

/// <summary>"HOST:PORT", with an IPv6 address in brackets.</summary>
/// <param name="Host">A host name or an IP address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct HostPort(string Host, int Port)
{
    private const int MaxHost = 253;
    private const int MaxLabel = 63;

    /// <summary>Reads the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">What was read.</param>
    /// <param name="error">What is wrong and what would be right.</param>
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
        if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is 0 or > 65535)
        {
            error = "has no valid port after the last ':'; a port is within 1 to 65535";
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
                && !text.Contains('[');
        }

        // Digits and dots only: an address in four parts, or it is a slip such as 127.0.0.
        if (text.All(c => char.IsAsciiDigit(c) || c == '.'))
        {
            return text.Split('.').Length == 4 && IPAddress.TryParse(text, out _);
        }

        return text.TrimEnd('.').Split('.').All(IsLabel);
    }

    /// <summary>As it was read: an IPv6 address in brackets.</summary>
    public override string ToString() => Host.Contains(':')
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    // Underscores are no part of host names, but container tools make such names and resolvers take them.
    private static bool IsLabel(string label)
        => label.Length is > 0 and <= MaxLabel
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && label[0] != '-' && label[^1] != '-';
}
