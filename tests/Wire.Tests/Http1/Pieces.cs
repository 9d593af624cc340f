using Mesh.Wire.Buffers;

namespace Mesh.Wire.Tests.Http1;

/// <summary>Bytes as they go over the wire: in pieces, and out of a queue.</summary>
internal static class Pieces
{
    private static readonly SegmentPool Pool = new();

    /// <param name="said">All of them.</param>
    /// <param name="random">Decides where they are cut.</param>
    /// <param name="most">Of a piece.</param>
    public static byte[][] Cut(byte[] said, Random random, int most)
    {
        List<byte[]> pieces = [];
        for (var at = 0; at < said.Length;)
        {
            var n = Math.Min(1 + random.Next(most), said.Length - at);
            pieces.Add(said[at..(at + n)]);
            at += n;
        }

        return [.. pieces];
    }

    /// <summary>What is written to a queue.</summary>
    public static byte[] Written(Action<ByteQueue> write)
    {
        var output = new ByteQueue(Pool);
        write(output);
        var bytes = new byte[output.Length];
        output.CopyTo(0, bytes);
        output.Clear();
        return bytes;
    }
}
