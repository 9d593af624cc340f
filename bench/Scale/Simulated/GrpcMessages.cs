using System.Buffers.Binary;
using Google.Protobuf;

namespace Mesh.Bench.Scale.Simulated;

/// <summary>gRPC's messages on a stream: five octets before each. One reader per stream.</summary>
internal sealed class GrpcMessages
{
    private const int Prefix = 5;

    private byte[] _kept = [];
    private int _length;

    /// <summary>A message as it goes on a stream.</summary>
    public static byte[] Of(IMessage message)
    {
        var size = message.CalculateSize();
        var bytes = new byte[Prefix + size];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), size);
        message.WriteTo(bytes.AsSpan(Prefix));
        return bytes;
    }

    /// <summary>Takes what has come, and hands on each message that is whole.</summary>
    public void Read(ReadOnlySpan<byte> data, Action<ReadOnlySpan<byte>> take)
    {
        if (_length > 0)
        {
            Keep(data);
            var used = Consume(_kept.AsSpan(0, _length), take);
            _kept.AsSpan(used, _length - used).CopyTo(_kept);
            _length -= used;
            if (_length == 0)
            {
                _kept = [];
            }

            return;
        }

        Keep(data[Consume(data, take)..]);
    }

    private static int Consume(ReadOnlySpan<byte> data, Action<ReadOnlySpan<byte>> take)
    {
        var used = 0;
        while (data.Length - used >= Prefix && BinaryPrimitives.ReadInt32BigEndian(data[(used + 1)..]) is var size && data.Length - used - Prefix >= size)
        {
            take(data.Slice(used + Prefix, size));
            used += Prefix + size;
        }

        return used;
    }

    private void Keep(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        if (_kept.Length < _length + data.Length)
        {
            Array.Resize(ref _kept, Math.Max(_length + data.Length, _kept.Length * 2));
        }

        data.CopyTo(_kept.AsSpan(_length));
        _length += data.Length;
    }
}
