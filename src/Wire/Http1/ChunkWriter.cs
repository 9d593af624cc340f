using System.Buffers.Text;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>Writes a body in chunks (RFC 9112 section 7.1). Pure.</summary>
internal static class ChunkWriter
{
    /// <summary>Bytes that <see cref="Begin"/> and <see cref="End"/> add to a chunk at most.</summary>
    public const int MostOverhead = 12;

    /// <summary>Writes a chunk; nothing if there is no data, since an empty chunk would be the last.</summary>
    public static void Write(ByteQueue output, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty)
        {
            Begin(output, data.Length);
            output.Append(data);
            End(output);
        }
    }

    /// <summary>Writes a chunk of the first bytes of another queue of the same pool.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="source">Holds at least so many.</param>
    /// <param name="count">0 or more.</param>
    public static void Write(ByteQueue output, ByteQueue source, int count)
    {
        if (count > 0)
        {
            Begin(output, count);
            output.MoveFrom(source, count);
            End(output);
        }
    }

    /// <summary>Writes the last chunk, the trailers if there are any, and the empty line.</summary>
    public static void WriteLast(ByteQueue output, HeaderList? trailers)
    {
        if (trailers is null || trailers.Count == 0)
        {
            output.Append("0\r\n\r\n"u8);
            return;
        }

        var section = new HeadOutput(output);
        section.Add("0\r\n"u8);
        for (var i = 0; i < trailers.Count; i++)
        {
            if (MayBeTrailer(trailers.KnownAt(i)))
            {
                section.AddField(trailers.NameAt(i), trailers.ValueAt(i));
            }
        }

        section.Add("\r\n"u8);
        section.Flush();
    }

    private static void Begin(ByteQueue output, int length)
    {
        Span<byte> line = stackalloc byte[MostOverhead];
        Utf8Formatter.TryFormat(length, line, out var digits, 'x');
        line[digits] = (byte)'\r';
        line[digits + 1] = (byte)'\n';
        output.Append(line[..(digits + 2)]);
    }

    private static void End(ByteQueue output) => output.Append("\r\n"u8);

    /// <summary>RFC 9110 section 6.5.1: not those that frame a message, route it or are for one connection.</summary>
    private static bool MayBeTrailer(KnownHeader known) => known is not (
        KnownHeader.Authority or KnownHeader.Method or KnownHeader.Path or KnownHeader.Scheme or KnownHeader.Status or KnownHeader.Protocol
        or KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Host or KnownHeader.Connection
        or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.Te or KnownHeader.Upgrade);
}
