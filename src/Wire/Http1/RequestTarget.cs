using System.Text;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;

namespace Mesh.Wire.Http1;

/// <summary>Reads a target in each of its four forms (RFC 9112 section 3.2) and makes pseudo fields of it, as HTTP/2 has them. Pure.</summary>
internal static class RequestTarget
{
    /// <summary>Adds :scheme, :authority and :path; for CONNECT :authority alone. Null if it is a target.</summary>
    public static Http1Fault? Read(ReadOnlySpan<byte> target, ReadOnlySpan<byte> method, HeaderList list)
    {
        if (target.IsEmpty || MessageRules.IsForbiddenInTarget(target))
        {
            return Http1Fault.BadTarget;
        }

        if (method.SequenceEqual("CONNECT"u8))
        {
            return ReadAuthorityForm(target, list);
        }

        if (target[0] == (byte)'/')
        {
            AddTo(list, default, target);
            return null;
        }

        var isOptions = method.SequenceEqual("OPTIONS"u8);
        if (isOptions && target.SequenceEqual("*"u8))
        {
            AddTo(list, default, target);
            return null;
        }

        return ReadAbsoluteForm(target, isOptions, list);
    }

    /// <summary>Section 3.2.3, and RFC 9110 section 9.3.6: without a port nobody knows where to.</summary>
    private static Http1Fault? ReadAuthorityForm(ReadOnlySpan<byte> target, HeaderList list)
    {
        if (!Authority.IsValid(target) || target[^1] is (byte)':' or (byte)']' || target.LastIndexOf((byte)':') < 0)
        {
            return Http1Fault.BadTarget;
        }

        list.Add(KnownHeader.Authority, target);
        return null;
    }

    private static Http1Fault? ReadAbsoluteForm(ReadOnlySpan<byte> target, bool isOptions, HeaderList list)
    {
        if (!StartsWith(target, "http://"u8))
        {
            return StartsWith(target, "https://"u8) ? Http1Fault.HttpsTarget
                : target.IndexOf("://"u8) > 0 ? Http1Fault.NotHttpTarget
                : Http1Fault.BadTarget;
        }

        var rest = target["http://".Length..];
        var end = rest.IndexOfAny("/?#"u8);
        end = end < 0 ? rest.Length : end;
        var path = rest[end..];
        if (!Authority.IsValid(rest[..end]) || path.StartsWith("#"u8))
        {
            return Http1Fault.BadTarget;
        }

        if (path.IsEmpty)
        {
            // Section 3.2.4: of OPTIONS it means the server.
            path = isOptions ? "*"u8 : "/"u8;
        }

        AddTo(list, rest[..end], path);
        return null;
    }

    private static void AddTo(HeaderList list, ReadOnlySpan<byte> authority, ReadOnlySpan<byte> path)
    {
        list.Add(KnownHeader.Scheme, "http"u8);
        list.Add(KnownHeader.Authority, authority);
        if (path[0] != (byte)'?')
        {
            list.Add(KnownHeader.Path, path);
            return;
        }

        // Section 3.2.1: an empty path is sent as a slash.
        var name = KnownHeaders.NameOf(KnownHeader.Path);
        list.Reserve(name.Length + 1 + path.Length);
        var room = list.Bytes.AsSpan(list.Used);
        name.CopyTo(room);
        room[name.Length] = (byte)'/';
        path.CopyTo(room[(name.Length + 1)..]);
        list.Commit(name.Length, path.Length + 1, KnownHeader.Path, hash: 0, staticIndex: 0, neverIndexed: false);
    }

    private static bool StartsWith(ReadOnlySpan<byte> target, ReadOnlySpan<byte> scheme) =>
        target.Length >= scheme.Length && Ascii.EqualsIgnoreCase(target[..scheme.Length], scheme);
}
