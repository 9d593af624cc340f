using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;

namespace Mesh.Wire.Http1;

/// <summary>Reads a status line (RFC 9112 section 4). Its reason is dropped: HTTP/2 has none. Pure.</summary>
internal static class StatusLine
{
    /// <summary>Takes it apart; null if it is one.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="list">Gets :status.</param>
    /// <param name="facts">Gets version and status.</param>
    public static Http1Fault? Read(ReadOnlySpan<byte> line, HeaderList list, ref MessageFacts facts)
    {
        const int space = HttpVersion.Size;
        const int end = space + 4;
        if (line.Length < end || line[space] != (byte)' ')
        {
            return Http1Fault.BadStatusLine;
        }

        if (HttpVersion.Read(line[..space], out facts.MinorVersion) is { } wrong)
        {
            return wrong == VersionResult.NotSupported ? Http1Fault.VersionNotSupported : Http1Fault.BadStatusLine;
        }

        // The space before a reason that is empty is often left out.
        if (!MessageRules.TryReadStatus(line[(space + 1)..end], out facts.Status) || (line.Length > end && line[end] != (byte)' '))
        {
            return Http1Fault.BadStatusLine;
        }

        list.Add(KnownHeader.Status, line[(space + 1)..end]);
        return null;
    }
}
