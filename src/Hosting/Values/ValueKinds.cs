using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Mesh.Hosting;

/// <summary>The value types our executables' options have.</summary>
public static class ValueKinds
{
    /// <summary>An address to listen on: an IP address or <c>localhost</c>, and a port, where 0 asks for a free one.</summary>
    public static ValueKind<HostPort> ListenAddress { get; } = new(
        "HOST:PORT",
        "HOST:PORT with an IP address and a port of 0 to 65535 (for example 127.0.0.1:15001)",
        (text, out value) => HostPort.TryParse(text, out value) && value.TryGetEndPoint(out _));

    /// <summary>An address to connect to: a name or an IP address, and a port of 1 to 65535.</summary>
    public static ValueKind<HostPort> ConnectAddress { get; } = new(
        "HOST:PORT",
        "HOST:PORT with a port of 1 to 65535 (for example 127.0.0.1:8080)",
        (text, out value) => HostPort.TryParse(text, out value) && value.Port != 0);

    /// <summary>Where an app beside us listens.</summary>
    public static ValueKind<string> AppAddress { get; } = new(
        "HOST:PORT|unix:/PATH",
        string.Create(
            CultureInfo.InvariantCulture,
            $"HOST:PORT with a port of 1 to 65535 (for example 127.0.0.1:8080), or unix: and an absolute path of at most {Mesh.AppAddress.MaxPathBytes} bytes (for example unix:/run/app.sock)"),
        (string text, [MaybeNullWhen(false)] out string value) => Mesh.AppAddress.IsValid(value = text));

    /// <summary>Free text of at least one character.</summary>
    /// <param name="placeholder">How help names it.</param>
    /// <param name="expectation">What it is.</param>
    public static ValueKind<string> Text(string placeholder, string expectation) => new(
        placeholder,
        expectation,
        (string text, [MaybeNullWhen(false)] out string value) => (value = text).Length != 0);

    /// <summary>A DNS label, as services are named: 1 to 63 of [a-z0-9-], beginning and ending with a letter or digit.</summary>
    public static ValueKind<string> ServiceName { get; } = new(
        "NAME",
        "a name of 1 to 63 small letters, digits and inner hyphens (for example orders)",
        (string text, [MaybeNullWhen(false)] out string value) => DnsLabel.IsValid(value = text));

    /// <summary>A span of time: <c>10s</c>, <c>250ms</c>, <c>1m30s</c>, <c>0</c>.</summary>
    public static ValueKind<TimeSpan> Duration(TimeSpan min, TimeSpan max) => new(
        "DURATION",
        $"a duration of {DurationText.Format(min)} to {DurationText.Format(max)} (for example 10s, 250ms or 1m30s)",
        (string text, out TimeSpan value) => DurationText.TryParse(text, out value) && value >= min && value <= max)
    {
        Range = $"{DurationText.Format(min)} to {DurationText.Format(max)}",
    };

    /// <summary>A whole number within a range.</summary>
    public static ValueKind<int> WholeNumber(int min, int max) => new(
        "N",
        string.Create(CultureInfo.InvariantCulture, $"a whole number of {min} to {max}"),
        (text, out value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value >= min && value <= max)
    {
        Range = string.Create(CultureInfo.InvariantCulture, $"{min} to {max}"),
    };

    /// <summary>A size in memory: <c>64Mi</c>, <c>1Gi</c>, <c>512Ki</c> or bytes, as Kubernetes writes them.</summary>
    public static ValueKind<long> Size(long min, long max) => new(
        "SIZE",
        $"a size of {SizeText.Format(min)} to {SizeText.Format(max)} (for example 64Mi or 1Gi)",
        (text, out value) => SizeText.TryParse(text, out value) && value >= min && value <= max)
    {
        Range = $"{SizeText.Format(min)} to {SizeText.Format(max)}",
    };

    /// <summary>One or more http or https URLs of a host and a port alone, separated by commas.</summary>
    public static ValueKind<IReadOnlyList<Uri>> Urls { get; } = new(
        "URL[,URL]",
        "a list of URLs like http://HOST:PORT, separated by commas (for example http://127.0.0.1:15010)",
        TryParseUrls);

    /// <summary><c>KEY=VALUE</c>; the key is not empty, the value may hold further equal signs.</summary>
    public static ValueKind<KeyValuePair<string, string>> KeyValue { get; } = new(
        "KEY=VALUE",
        "KEY=VALUE (for example team=checkout)",
        (text, out value) =>
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            value = at > 0 ? new(text[..at], text[(at + 1)..]) : default;
            return at > 0;
        });

    /// <summary><c>NAME=HOST:PORT</c>: a service's name and the address at which it is served locally (port 0: any).</summary>
    public static ValueKind<KeyValuePair<string, HostPort>> NamedListenAddress { get; } = new(
        "NAME=HOST:PORT",
        "NAME=HOST:PORT with an IP address and a port of 0 to 65535 (for example orders=127.0.0.1:15101)",
        (text, out value) =>
        {
            value = default;
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 0 || !DnsLabel.IsValid(text[..at]) || !ListenAddress.TryParse(text[(at + 1)..], out var address))
            {
                return false;
            }

            value = new(text[..at], address);
            return true;
        });

    /// <summary>One or more host names or IP addresses without ports, separated by commas, or <c>*</c> for any.</summary>
    public static ValueKind<IReadOnlyList<string>> HostNames { get; } = new(
        "NAME[,NAME]",
        "a list of host names without ports, separated by commas (for example mesh.example.com), or *",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        {
            value = text.Split(',', StringSplitOptions.TrimEntries);
            return value.All(name => name == "*" || HostPort.IsHost(name));
        });

    /// <summary>
    /// One or more origins as a browser writes them (RFC 6454 section 6.2), separated by commas, or <c>*</c> for any: scheme, host in
    /// lower case, and the port unless it is the scheme's own.
    /// </summary>
    public static ValueKind<IReadOnlyList<string>> Origins { get; } = new(
        "ORIGIN[,ORIGIN]",
        "a list of origins, separated by commas (for example https://shop.example or http://localhost:5173; no path), or *",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        {
            value = text.Split(',', StringSplitOptions.TrimEntries);
            return value.All(origin => origin == "*"
                || (Uri.TryCreate(origin, UriKind.Absolute, out var url)
                    && url.Scheme is "http" or "https"
                    && url.GetLeftPart(UriPartial.Authority) == origin));
        });

    /// <summary>One or more names of HTTP fields, separated by commas; in lower case whatever is written.</summary>
    public static ValueKind<IReadOnlyList<string>> FieldNames { get; } = new(
        "NAME[,NAME]",
        "a list of names of HTTP fields, separated by commas (for example x-request-id)",
        (string text, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        {
            value = text.ToLowerInvariant().Split(',', StringSplitOptions.TrimEntries);
            return value.All(HttpToken.IsValid);
        });

    /// <summary>One of a few names, each standing for a value.</summary>
    public static ValueKind<T> OneOf<T>(params (string Name, T Value)[] choices) => new(
        string.Join('|', choices.Select(choice => choice.Name)),
        $"one of {string.Join(", ", choices.Select(choice => choice.Name))}",
        (string text, [MaybeNullWhen(false)] out T value) =>
        {
            foreach (var choice in choices)
            {
                if (choice.Name == text)
                {
                    value = choice.Value;
                    return true;
                }
            }

            value = default;
            return false;
        });

    /// <summary>A host as we read it elsewhere: <see cref="Uri"/> takes 0177.0.0.1, and 127.1, for 127.0.0.1.</summary>
    private static bool HasPlainHost(string url)
    {
        var authority = url[(url.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/');
        return HostPort.IsHost(authority.Trim('[', ']')) || HostPort.TryParse(authority, out _);
    }

    private static bool TryParseUrls(string text, out IReadOnlyList<Uri> value)
    {
        var urls = new List<Uri>();
        value = urls;
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(part, UriKind.Absolute, out var url)
                || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
                || !HasPlainHost(part) || url.PathAndQuery != "/" || url.Fragment.Length != 0 || url.UserInfo.Length != 0 || url.Port == 0)
            {
                return false;
            }

            urls.Add(url);
        }

        return true;
    }
}
