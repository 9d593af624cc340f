using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>Writes the fields of a list, and what the connection needs to be told of them. Pure.</summary>
internal static class FieldWriter
{
    /// <summary>Writes all but pseudo fields and those that are not the list's to say. Returns what Connection must name.</summary>
    /// <param name="head">Where to.</param>
    /// <param name="headers">The list.</param>
    /// <param name="skipHost">The host is written already.</param>
    /// <param name="keepLength">The content length is written, once.</param>
    public static WrittenOptions Write(ref HeadOutput head, HeaderList headers, bool skipHost, bool keepLength)
    {
        var options = WrittenOptions.None;
        var hasCookies = false;
        for (var i = 0; i < headers.Count; i++)
        {
            switch (headers.KnownAt(i))
            {
                case KnownHeader.Authority or KnownHeader.Method or KnownHeader.Path or KnownHeader.Scheme or KnownHeader.Status or KnownHeader.Protocol:
                case KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.TransferEncoding:
                    continue;
                case KnownHeader.Host when skipHost:
                    continue;
                case KnownHeader.ContentLength:
                    if (!keepLength)
                    {
                        continue;
                    }

                    keepLength = false;
                    break;
                case KnownHeader.Cookie:
                    if (!hasCookies)
                    {
                        WriteCookies(ref head, headers, i);
                    }

                    hasCookies = true;
                    continue;
                case KnownHeader.Te:
                    options |= WrittenOptions.Te;
                    break;
                case KnownHeader.Upgrade:
                    options |= WrittenOptions.Upgrade;
                    break;
            }

            head.AddField(headers.NameAt(i), headers.ValueAt(i));
        }

        return options;
    }

    /// <summary>One line of Connection, if there is anything to say (RFC 9110 section 7.6.1).</summary>
    public static void WriteConnection(ref HeadOutput head, WrittenOptions options)
    {
        switch (options)
        {
            case WrittenOptions.None:
                return;
            case WrittenOptions.Close:
                head.Add("connection: close\r\n"u8);
                return;
            case WrittenOptions.KeepAlive:
                head.Add("connection: keep-alive\r\n"u8);
                return;
        }

        var separator = "connection: "u8;
        AddOption(ref head, options, WrittenOptions.Upgrade, "upgrade"u8, ref separator);
        AddOption(ref head, options, WrittenOptions.Te, "te"u8, ref separator);
        AddOption(ref head, options, WrittenOptions.Close, "close"u8, ref separator);
        AddOption(ref head, options, WrittenOptions.KeepAlive, "keep-alive"u8, ref separator);
        head.Add("\r\n"u8);
    }

    /// <summary>HTTP/2 may carry them in several fields, HTTP/1.1 has one (RFC 9113 section 8.2.3).</summary>
    private static void WriteCookies(ref HeadOutput head, HeaderList headers, int first)
    {
        head.Add("cookie: "u8);
        head.Add(headers.ValueAt(first));
        for (var i = first + 1; i < headers.Count; i++)
        {
            if (headers.KnownAt(i) == KnownHeader.Cookie)
            {
                head.Add("; "u8);
                head.Add(headers.ValueAt(i));
            }
        }

        head.Add("\r\n"u8);
    }

    private static void AddOption(ref HeadOutput head, WrittenOptions options, WrittenOptions option, ReadOnlySpan<byte> name, ref ReadOnlySpan<byte> separator)
    {
        if ((options & option) != 0)
        {
            head.Add(separator);
            head.Add(name);
            separator = ", "u8;
        }
    }
}
