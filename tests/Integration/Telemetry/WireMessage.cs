using System.Buffers.Binary;
using System.Text;

namespace Mesh.Integration.Telemetry;

/// <summary>
/// A protobuf message read by field numbers alone (protobuf.dev, "Encoding"): the collector's messages are not ours, and a
/// second description of them would prove nothing.
/// </summary>
internal sealed class WireMessage
{
    private readonly List<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> _fields = [];

    public WireMessage(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var tag = Varint(ref bytes);
            var field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((field, Varint(ref bytes), default));
                    break;
                case 1:
                    _fields.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(bytes.Span), default));
                    bytes = bytes[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    _fields.Add((field, 0, bytes[..length]));
                    bytes = bytes[length..];
                    break;
                case 5:
                    _fields.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span), default));
                    bytes = bytes[4..];
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
    }

    public IEnumerable<WireMessage> Messages(int field) => All(field).Select(f => new WireMessage(f.Bytes));

    public WireMessage? Message(int field) => Messages(field).FirstOrDefault();

    public bool Has(int field) => All(field).Any();

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field).Span);

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field).Span);

    public ulong Number(int field) => All(field).Select(f => f.Number).FirstOrDefault();

    public double Double(int field) => BitConverter.UInt64BitsToDouble(Number(field));

    /// <summary>A packed list of doubles.</summary>
    public double[] Doubles(int field)
    {
        var packed = Bytes(field);
        return [.. Enumerable.Range(0, packed.Length / 8).Select(i => BinaryPrimitives.ReadDoubleLittleEndian(packed.Span[(i * 8)..]))];
    }

    /// <summary>A repeated KeyValue of OTLP.</summary>
    public IReadOnlyDictionary<string, string> Attributes(int field) => Messages(field).ToDictionary(
        pair => pair.Text(1),
        pair => pair.Message(2) is { } value ? Value(value) : "");

    private static string Value(WireMessage value) =>
        value.Has(1) ? value.Text(1)
        : value.Has(3) ? ((long)value.Number(3)).ToString(System.Globalization.CultureInfo.InvariantCulture)
        : value.Has(2) ? (value.Number(2) != 0).ToString()
        : value.Double(4).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private ReadOnlyMemory<byte> Bytes(int field) => All(field).Select(f => f.Bytes).FirstOrDefault();

    private IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Bytes)> All(int field) => _fields.Where(f => f.Field == field);

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes.Span[0];
            bytes = bytes[1..];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }
    }
}
