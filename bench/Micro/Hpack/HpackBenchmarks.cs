using BenchmarkDotNet.Attributes;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Bench.Micro.Hpack;

/// <summary>
/// A gRPC request's head of eight fields to and from its compressed form: the same again and again, as on most
/// connections, and with 500 different paths, which the table cannot hold.
/// </summary>
[MemoryDiagnoser]
public class HpackBenchmarks
{
    private const int TableSize = 4096;
    private const int MostBytes = 64 * 1024;
    private const int MostFields = 256;

    private readonly HeaderList[] _different = Requests.Different(500);
    private readonly HpackEncoder _encoder = new(TableSize);
    private readonly HpackEncoder _busyEncoder = new(TableSize);
    private readonly HpackDecoder _decoder = new(TableSize, MostBytes, MostFields);
    private readonly HpackDecoder _busyDecoder = new(TableSize, MostBytes, MostFields);
    private readonly HeaderList _decoded = new();
    private readonly ByteBuffer _block = new();
    private byte[] _repeatedBlock = [];
    private byte[][] _differentBlocks = [];
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        // Often enough for every table to be what it stays.
        var encoder = new HpackEncoder(TableSize);
        for (var i = 0; i < 10; i++)
        {
            _repeatedBlock = Encode(encoder, _different[0]);
            Decode(_decoder, _repeatedBlock);
        }

        // A block stands for itself only where the decoder has seen those before it: with no entries added all do.
        var stateless = new HpackEncoder(0);
        _differentBlocks = [.. _different.Select(head => Encode(stateless, head))];
    }

    [Benchmark]
    public int EncodeRepeated()
    {
        _block.Clear();
        _encoder.Encode(_different[0], _block);
        return _block.Length;
    }

    [Benchmark]
    public int EncodeDifferentPaths()
    {
        _block.Clear();
        _busyEncoder.Encode(_different[_next++ % _different.Length], _block);
        return _block.Length;
    }

    [Benchmark]
    public int DecodeRepeated() => Decode(_decoder, _repeatedBlock);

    [Benchmark]
    public int DecodeLiterals() => Decode(_busyDecoder, _differentBlocks[_next++ % _differentBlocks.Length]);

    private int Decode(HpackDecoder decoder, byte[] block)
    {
        _decoded.Clear();
        return decoder.Decode(block, _decoded) == HpackResult.Ok
            ? _decoded.Count
            : throw new InvalidOperationException("The block does not decode.");
    }

    private byte[] Encode(HpackEncoder encoder, HeaderList head)
    {
        _block.Clear();
        encoder.Encode(head, _block);
        return _block.Written.ToArray();
    }
}
