using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Conformance.Peer;

/// <summary>Reads back what our side wrote, one line a frame. Shares nothing with the engine's reader but HPACK.</summary>
internal sealed class FrameParser
{
    private static readonly string[] Names =
        ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"];

    private readonly HpackDecoder _decoder = new(65_536, 1 << 20, 10_000);
    private readonly List<byte> _rest = [];
    private readonly List<byte> _block = [];
    private bool _prefaceDue;

    public FrameParser(bool expectPreface) => _prefaceDue = expectPreface;

    /// <summary>The settings our side has said, by number.</summary>
    public Dictionary<int, uint> Settings { get; } = [];

    /// <summary>Bytes of data in the frames so far, by stream.</summary>
    public Dictionary<int, long> DataBytes { get; } = [];

    /// <summary>The payload of the last of them.</summary>
    public byte[] LastData { get; private set; } = [];

    /// <summary>The largest payload seen.</summary>
    public int LargestFrame { get; private set; }

    public List<string> Parse(byte[] written)
    {
        _rest.AddRange(written);
        var bytes = _rest.ToArray().AsSpan();
        if (_prefaceDue && bytes.Length >= Frames.Preface.Length)
        {
            Assert.Equal(Frames.Preface, bytes[..Frames.Preface.Length].ToArray());
            bytes = bytes[Frames.Preface.Length..];
            _prefaceDue = false;
        }

        List<string> lines = [];
        while (bytes.Length >= 9)
        {
            var length = (bytes[0] << 16) | (bytes[1] << 8) | bytes[2];
            if (bytes.Length < 9 + length)
            {
                break;
            }

            var id = BinaryPrimitives.ReadInt32BigEndian(bytes[5..]);
            Assert.True(id >= 0, "the reserved bit is set");
            LargestFrame = Math.Max(LargestFrame, length);
            if (Line(bytes[3], bytes[4], id, bytes.Slice(9, length)) is { } line)
            {
                lines.Add(line);
            }

            bytes = bytes[(9 + length)..];
        }

        _rest.Clear();
        _rest.AddRange(bytes);
        return lines;
    }

    private string? Line(int type, int flags, int id, ReadOnlySpan<byte> payload)
    {
        var end = type <= 1 && (flags & 1) != 0 ? " end" : "";
        switch (type)
        {
            case 0:
                DataBytes[id] = DataBytes.GetValueOrDefault(id) + payload.Length;
                LastData = payload.ToArray();
                return $"DATA {id} {payload.Length}{end}";
            case 1 or 9:
                _block.AddRange(payload);
                if (type == 1)
                {
                    _blockEnd = end;
                }

                return (flags & 4) == 0 ? null : $"HEADERS {id}{Fields()}{_blockEnd}";
            case 3:
                return $"RST_STREAM {id} {Code(BinaryPrimitives.ReadUInt32BigEndian(payload))}";
            case 4 when (flags & 1) != 0:
                return "SETTINGS ack";
            case 4:
                for (var s = payload; !s.IsEmpty; s = s[6..])
                {
                    Settings[BinaryPrimitives.ReadUInt16BigEndian(s)] = BinaryPrimitives.ReadUInt32BigEndian(s[2..]);
                }

                return "SETTINGS";
            case 6:
                var opaque = BinaryPrimitives.ReadUInt64BigEndian(payload);
                return (flags & 1) != 0 ? string.Create(CultureInfo.InvariantCulture, $"PING ack {opaque}") : "PING";
            case 7:
                return $"GOAWAY {BinaryPrimitives.ReadInt32BigEndian(payload)} {Code(BinaryPrimitives.ReadUInt32BigEndian(payload[4..]))}";
            case 8:
                return $"WINDOW_UPDATE {id} {BinaryPrimitives.ReadInt32BigEndian(payload)}";
            default:
                return $"{Names[type]} {id}";
        }
    }

    private string _blockEnd = "";

    private string Fields()
    {
        var list = new HeaderList();
        Assert.Equal(HpackResult.Ok, _decoder.Decode(_block.ToArray(), list));
        _block.Clear();
        var text = new StringBuilder();
        for (var i = 0; i < list.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {Encoding.Latin1.GetString(list.NameAt(i))}={Encoding.Latin1.GetString(list.ValueAt(i))}");
        }

        return text.ToString();
    }

    /// <summary>NoError is NO_ERROR.</summary>
    public static string Code(uint code) =>
        string.Concat(((ErrorCode)code).ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));
}
