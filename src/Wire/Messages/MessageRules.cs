using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Messages;

/// <summary>
/// What makes a message malformed (RFC 9113 sections 8.1.1 to 8.3). Takes white space off the ends of values, and changes nothing else;
/// without allocation.
/// </summary>
internal static class MessageRules
{
    /// <summary>Octets no field value may hold (section 8.2.1).</summary>
    private static readonly SearchValues<byte> ForbiddenInValue = SearchValues.Create(0x00, 0x0a, 0x0d);

    /// <summary>What a field name may consist of: token characters (RFC 9110 section 5.6.2) but for upper case.</summary>
    private static readonly SearchValues<byte> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>
    /// Octets no part of a target may hold (RFC 3986 section 2): HTTP/2 would carry them, but who reads the target next, as a
    /// line of HTTP/1.1 or of a log, would see two.
    /// </summary>
    private static readonly SearchValues<byte> ForbiddenInTarget =
        SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(c => (byte)c), 0x7f]);

    /// <summary>Token characters (RFC 9110 section 5.6.2), of which a method consists.</summary>
    private static readonly SearchValues<byte> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    public static bool IsRequest(HeaderList headers, out long contentLength)
    {
        contentLength = -1;
        var method = -1;
        var scheme = -1;
        var path = -1;
        var authority = -1;
        var regular = false;
        for (var i = 0; i < headers.Count; i++)
        {
            if (!IsPseudo(headers, i))
            {
                regular = true;
                if (!IsField(headers, i, ref contentLength))
                {
                    return false;
                }

                continue;
            }

            // Section 8.3: before all others, and each once.
            ref var seen = ref method;
            switch (headers.KnownAt(i))
            {
                case KnownHeader.Method:
                    break;
                case KnownHeader.Scheme:
                    seen = ref scheme;
                    break;
                case KnownHeader.Path:
                    seen = ref path;
                    break;
                case KnownHeader.Authority:
                    seen = ref authority;
                    break;
                default:
                    return false;
            }

            if (regular || seen >= 0 || IsForbiddenInTarget(headers.ValueAt(i)))
            {
                return false;
            }

            seen = i;
        }

        if (method < 0 || !IsMethod(headers.ValueAt(method)))
        {
            return false;
        }

        if (authority >= 0 && !(Authority.IsValid(headers.ValueAt(authority)) && IsHostOf(headers, headers.ValueAt(authority))))
        {
            return false;
        }

        // A request made from one of HTTP/1.1 may have Host instead (section 8.3.1), which then says where it goes.
        if (authority < 0 && headers.TryGet(KnownHeader.Host, out var host) && !Authority.IsValid(host))
        {
            return false;
        }

        // Section 8.5: CONNECT has no scheme and no path; every other request has both, and a path is never empty.
        return headers.ValueAt(method).SequenceEqual("CONNECT"u8)
            ? scheme < 0 && path < 0 && authority >= 0
            : scheme >= 0 && path >= 0 && IsPath(headers.ValueAt(path));
    }

    public static bool IsResponse(HeaderList headers, out int status, out long contentLength)
    {
        contentLength = -1;
        status = 0;
        for (var i = 0; i < headers.Count; i++)
        {
            if (IsPseudo(headers, i))
            {
                if (i != 0 || headers.KnownAt(i) != KnownHeader.Status || !TryReadStatus(headers.ValueAt(i), out status))
                {
                    return false;
                }
            }
            else if (!IsField(headers, i, ref contentLength))
            {
                return false;
            }
        }

        // Section 8.6: there is no upgrade.
        return status is not (0 or 101);
    }

    public static bool AreTrailers(HeaderList headers)
    {
        var ignored = -1L;
        for (var i = 0; i < headers.Count; i++)
        {
            if (IsPseudo(headers, i) || !IsField(headers, i, ref ignored))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A token (RFC 9110 section 9.1); case matters.</summary>
    public static bool IsMethod(ReadOnlySpan<byte> method) => !method.IsEmpty && !method.ContainsAnyExcept(TokenCharacters);

    /// <summary>A field's name in lower case.</summary>
    public static bool IsName(ReadOnlySpan<byte> name) => !name.IsEmpty && !name.ContainsAnyExcept(NameCharacters);

    /// <summary>It holds what no part of a target may hold.</summary>
    public static bool IsForbiddenInTarget(ReadOnlySpan<byte> part) => part.ContainsAny(ForbiddenInTarget);

    /// <summary>Three digits (RFC 9110 section 15), of which the first is not 0.</summary>
    public static bool TryReadStatus(ReadOnlySpan<byte> value, out int status) =>
        Utf8Parser.TryParse(value, out status, out var used) && used == 3 && value.Length == 3 && status is >= 100 and <= 999;

    /// <summary>Digits, up to 2^63 - 1. Repeated, it must say the same (RFC 9110 section 8.6).</summary>
    /// <param name="value">The field's.</param>
    /// <param name="contentLength">What was read before, or -1; afterwards the length.</param>
    public static bool TryReadLength(ReadOnlySpan<byte> value, ref long contentLength)
    {
        var before = contentLength;
        return !value.IsEmpty
            && value[0] is >= (byte)'0' and <= (byte)'9'
            && Utf8Parser.TryParse(value, out contentLength, out var used)
            && used == value.Length
            && (before < 0 || before == contentLength);
    }

    /// <summary>Section 8.3.1: it begins with a slash, or is the asterisk of OPTIONS.</summary>
    private static bool IsPath(ReadOnlySpan<byte> path) => !path.IsEmpty && (path[0] == (byte)'/' || path.SequenceEqual("*"u8));

    /// <summary>Section 8.3.1: who routes by the one and who answers by the other must mean the same.</summary>
    private static bool IsHostOf(HeaderList headers, ReadOnlySpan<byte> authority)
    {
        var first = headers.IndexOf(KnownHeader.Host);
        if (first < 0)
        {
            return true;
        }

        for (var i = first + 1; i < headers.Count; i++)
        {
            if (headers.KnownAt(i) == KnownHeader.Host)
            {
                return false;
            }
        }

        return Ascii.EqualsIgnoreCase(headers.ValueAt(first), authority);
    }

    private static bool IsPseudo(HeaderList headers, int index)
    {
        var name = headers.NameAt(index);
        return !name.IsEmpty && name[0] == (byte)':';
    }

    private static bool IsField(HeaderList headers, int index, ref long contentLength)
    {
        var value = headers.ValueAt(index);
        if (HasSpaceAtEnd(value))
        {
            headers.TrimValue(index);
            value = headers.ValueAt(index);
        }

        if (value.IndexOfAny(ForbiddenInValue) >= 0)
        {
            return false;
        }

        switch (headers.KnownAt(index))
        {
            case KnownHeader.Unknown:
                return IsName(headers.NameAt(index));

            // Section 8.2.2: what belongs to a connection of HTTP/1.1.
            case KnownHeader.Connection:
            case KnownHeader.KeepAlive:
            case KnownHeader.ProxyConnection:
            case KnownHeader.TransferEncoding:
            case KnownHeader.Upgrade:
                return false;
            case KnownHeader.Te:
                return value.SequenceEqual("trailers"u8);
            case KnownHeader.ContentLength:
                return TryReadLength(value, ref contentLength);
            default:
                return true;
        }
    }

    /// <summary>
    /// Section 8.2.1 calls it malformed. It comes from honest peers, in a status message that ends with a space above all, and means
    /// nothing to anybody: it is taken off, as HTTP/1.1 has it (RFC 9110 section 5.5), and so never sent on.
    /// </summary>
    private static bool HasSpaceAtEnd(ReadOnlySpan<byte> value) =>
        !value.IsEmpty && (value[0] is (byte)' ' or (byte)'\t' || value[^1] is (byte)' ' or (byte)'\t');
}
