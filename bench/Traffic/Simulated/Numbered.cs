using System.Buffers.Binary;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>Messages of gRPC that are a number each.</summary>
internal static class Numbered
{
    private const int PrefixSize = 5;
    private const int Size = PrefixSize + sizeof(long);

    public static byte[] Message(long number)
    {
        var message = new byte[Size];
        message[PrefixSize - 1] = sizeof(long);
        BinaryPrimitives.WriteInt64BigEndian(message.AsSpan(PrefixSize), number);
        return message;
    }

    /// <summary>The numbers of whole messages.</summary>
    /// <exception cref="InvalidOperationException">One is cut in two.</exception>
    public static long[] Read(ReadOnlySpan<byte> data)
    {
        if (data.Length % Size != 0)
        {
            throw new InvalidOperationException("a message was cut in two, which nothing here does");
        }

        var numbers = new long[data.Length / Size];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64BigEndian(data[((i * Size) + PrefixSize)..]);
        }

        return numbers;
    }
}
