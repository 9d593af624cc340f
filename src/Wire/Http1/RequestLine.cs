using System.Text;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;

namespace Mesh.Wire.Http1;

/// <summary>Reads a request line (RFC 9112 section 3). Pure.</summary>
internal static class RequestLine
{
    /// <summary>Takes it apart; null if it is one.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="list">Gets the pseudo fields; :authority is empty where Host will say it.</param>
    /// <param name="facts">Gets the version and what the method says.</param>
    public static Http1Fault? Read(ReadOnlySpan<byte> line, HeaderList list, ref MessageFacts facts)
    {
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first == last)
        {
            return Http1Fault.BadRequestLine;
        }

        var version = line[(last + 1)..];
        if (HttpVersion.Read(version, out facts.MinorVersion) is { } wrong)
        {
            return wrong == VersionResult.NotSupported ? Http1Fault.VersionNotSupported
                : Ascii.EqualsIgnoreCase(version[..Math.Min(version.Length, 4)], "HTTP"u8) || version.IsEmpty ? Http1Fault.BadRequestLine
                : Http1Fault.NotHttp; // nor would its sender understand an answer
        }

        var method = line[..first];
        if (!MessageRules.IsMethod(method))
        {
            return Http1Fault.BadMethod;
        }

        facts.IsHead = method.SequenceEqual("HEAD"u8);
        facts.IsConnect = method.SequenceEqual("CONNECT"u8);
        list.Add(KnownHeader.Method, method);
        return RequestTarget.Read(line[(first + 1)..last], method, list);
    }
}
