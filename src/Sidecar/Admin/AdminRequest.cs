using System.Text;
using Mesh.Sidecar.Admin.Pages;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Admin;

/// <summary>What the pages look at in a request.</summary>
internal sealed record AdminRequest
{
    /// <summary>Of which nothing is known yet.</summary>
    public static readonly AdminRequest None = new() { Method = "", Path = "" };

    /// <summary>In capitals.</summary>
    public required string Method { get; init; }

    /// <summary>Without the query; empty if it names none, as of CONNECT.</summary>
    public required string Path { get; init; }

    /// <summary>The query's "format"; empty if there is none.</summary>
    public string Format { get; init; } = "";

    /// <summary>The query's or the body's level, for /log-level.</summary>
    public string Level { get; init; } = "";

    /// <summary>The query has "wait", for /drain.</summary>
    public bool Wait { get; init; }

    /// <summary>Which calls, for /calls.</summary>
    public CallsAsked Calls { get; init; } = CallsAsked.All;

    /// <summary>The header, or empty.</summary>
    public string Accept { get; init; } = "";

    /// <summary>A browser sends it for a page of elsewhere (the header Origin).</summary>
    public bool IsFromBrowserPage { get; init; }

    /// <summary>?format= decides, then the Accept header; JSON where neither says text.</summary>
    public bool WantsText => Format.Length > 0
        ? Format == "text"
        : Accept.Contains("text/plain", StringComparison.OrdinalIgnoreCase) && !Accept.Contains("json", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a head says.</summary>
    public static AdminRequest Of(HeaderList head)
    {
        var target = TextOf(head, ":path"u8);
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var query = question < 0 ? "" : target[(question + 1)..];
        return new AdminRequest
        {
            Method = TextOf(head, ":method"u8),
            Path = question < 0 ? target : target[..question],
            Format = ValueOf(query, "format") ?? "",
            Level = (ValueOf(query, "level") ?? "").Trim(),
            Wait = ValueOf(query, "wait") is not null,
            Calls = new CallsAsked(ValueOf(query, "trace") ?? "", ValueOf(query, "request") ?? "", ValueOf(query, "service") ?? "", ValueOf(query, "last") ?? "", ValueOf(query, "most") ?? ""),
            Accept = TextOf(head, "accept"u8),
            IsFromBrowserPage = head.IndexOf("origin"u8) >= 0,
        };
    }

    /// <summary>Whom a head means, without the port; empty if it does not say.</summary>
    public static string HostOf(HeaderList head)
    {
        var authority = TextOf(head, ":authority"u8);
        var host = authority.Length > 0 ? authority : TextOf(head, "host"u8);
        var port = host.LastIndexOf(':');
        return port > host.LastIndexOf(']') ? host[..port] : host; // [::1] has no port
    }

    /// <summary>Null if there is no such name; the first of several, in whatever case.</summary>
    private static string? ValueOf(string query, string name)
    {
        foreach (var pair in query.Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var key = equals < 0 ? pair : pair[..equals];
            if (Unescaped(key).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return equals < 0 ? "" : Unescaped(pair[(equals + 1)..]);
            }
        }

        return null;
    }

    private static string Unescaped(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    private static string TextOf(HeaderList head, ReadOnlySpan<byte> name) => head.TryGet(name, out var value) ? Encoding.Latin1.GetString(value) : "";
}
