using Mesh.Wire.Buffers;
using Mesh.Wire.Http1;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Tests.Http2.Hpack;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Http1;

/// <summary>A message as it was read, whole.</summary>
internal sealed record ReadMessage(HeaderList Head, MessageFacts Facts, byte[] Content, HeaderList Trailers)
{
    private static readonly Http1Limits Limits = new(64 * 1024, 256);

    /// <summary>The requests that are whole, up to the first fault or tunnel.</summary>
    public static List<ReadMessage> Requests(byte[] said)
    {
        var scratch = new MemoryLoop(TimeProvider.System).Scratch;
        var reader = new RequestReader(scratch, Limits);
        return Read(said, scratch, ReadHead);

        ReadResult ReadHead(ReadOnlySpan<byte> bytes, HeaderList into, out int consumed, out MessageFacts facts) =>
            reader.Read(bytes, into, out consumed, out facts);
    }

    /// <summary>The responses that are whole, up to the first fault or tunnel.</summary>
    public static List<ReadMessage> Responses(byte[] said, ResponseTo request)
    {
        var scratch = new MemoryLoop(TimeProvider.System).Scratch;
        var reader = new ResponseReader(scratch, Limits);
        return Read(said, scratch, ReadHead);

        ReadResult ReadHead(ReadOnlySpan<byte> bytes, HeaderList into, out int consumed, out MessageFacts facts) =>
            reader.Read(bytes, request, into, out consumed, out facts);
    }

    /// <summary>What is asserted of it.</summary>
    public string[] Told =>
    [
        // A message without a body gets a length of 0 or has one; it means the same. Cookies are written in one field.
        .. Codec.Lines(Head).Where(line => !IsCookie(line) && (Facts.HasBody || line != "content-length: 0")),
        string.Join("; ", Codec.Lines(Head).Where(IsCookie).Select(line => line["cookie: ".Length..])),
        $"{(Facts.HasBody ? Facts.Framing : BodyFraming.None)} {Facts.Length} {(Facts.IsInterim ? "" : Facts.KeepsAlive)} {Facts.ExpectsContinue} {Facts.Upgrades}",
        $"content {Codec.Text(Content)}",
        .. Codec.Lines(Trailers),
    ];

    /// <summary>The body, as its framing wants it.</summary>
    public void WriteBody(ByteQueue output)
    {
        if (Facts.Framing != BodyFraming.Chunked)
        {
            output.Append(Content);
            return;
        }

        ChunkWriter.Write(output, Content.AsSpan(0, Content.Length / 2));
        ChunkWriter.Write(output, Content.AsSpan(Content.Length / 2));
        ChunkWriter.WriteLast(output, Trailers);
    }

    private static bool IsCookie(string line) => line.StartsWith("cookie: ", StringComparison.Ordinal);

    private delegate ReadResult HeadRead(ReadOnlySpan<byte> bytes, HeaderList into, out int consumed, out MessageFacts facts);

    private static List<ReadMessage> Read(byte[] said, ConnectionScratch scratch, HeadRead readHead)
    {
        List<ReadMessage> messages = [];
        var rest = said.AsSpan();
        while (true)
        {
            var head = new HeaderList();
            if (readHead(rest, head, out var consumed, out var facts) != ReadResult.Done)
            {
                return messages;
            }

            rest = rest[consumed..];
            var trailers = new HeaderList();
            if (facts.BeginsTunnel || (facts.IsConnect && facts.Status == 0))
            {
                messages.Add(new ReadMessage(head, facts, [], trailers));
                return messages;
            }

            var body = new BodyReader(scratch, Limits);
            body.Begin(facts);
            List<byte> content = [];
            var result = ReadResult.NeedMore;
            while (result == ReadResult.NeedMore)
            {
                result = body.Read(rest, trailers, out consumed, out var data);
                content.AddRange(data);
                rest = rest[consumed..];
                if (result == ReadResult.NeedMore && rest.IsEmpty)
                {
                    result = body.OnEndOfStream() ? ReadResult.Done : ReadResult.Fault;
                }
            }

            if (result == ReadResult.Fault)
            {
                return messages;
            }

            messages.Add(new ReadMessage(head, facts, [.. content], trailers));
        }
    }
}
