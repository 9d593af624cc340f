using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Mesh.Bench.Micro.Hpack;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Bench.Micro.Frames;

/// <summary>
/// Bytes to frames to calls of a handler, on a server connection without a socket. A request is HEADERS and DATA of 100
/// bytes and is answered; a piece of data is a DATA frame of 1 KiB on a stream that stays open.
/// </summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private const int PerRead = 64;

    private readonly MemoryLoop _loop = new(TimeProvider.System);
    private IChannelHandler _requests = null!;
    private IChannelHandler _data = null!;
    private byte[] _requestBytes = [];
    private byte[] _dataBytes = [];
    private int _requestLength;
    private int _nextId;

    [GlobalSetup]
    public void Setup()
    {
        var encoder = new HpackEncoder();
        var head = Requests.Make("/shop.v1.Orders/Get");
        _requests = Open(encoder, head);
        _data = Open(new HpackEncoder(), head);

        // The second time the same head is all indexes.
        var request = Request(encoder, head, 0);
        _requestLength = request.Length;
        _requestBytes = [.. Enumerable.Repeat(request, PerRead).SelectMany(bytes => bytes)];
        _dataBytes = [.. Enumerable.Repeat(Written(output => FrameWriter.Data(output, 1, new byte[1024], endStream: false)), PerRead).SelectMany(bytes => bytes)];
        _nextId = 3;
    }

    [Benchmark(OperationsPerInvoke = PerRead)]
    public void RequestAnswered()
    {
        for (var i = 0; i < PerRead; i++, _nextId += 2)
        {
            var headers = _requestBytes.AsSpan(i * _requestLength);
            BinaryPrimitives.WriteInt32BigEndian(headers[5..], _nextId);
            var data = headers[(FrameHeader.Size + FrameHeader.Read(headers).Length)..];
            BinaryPrimitives.WriteInt32BigEndian(data[5..], _nextId);
        }

        _requests.OnBytes(_requestBytes);
        _loop.Turn();
    }

    [Benchmark(OperationsPerInvoke = PerRead)]
    public void DataRead()
    {
        _data.OnBytes(_dataBytes);
        _loop.Turn();
    }

    /// <summary>A connection past its handshake, with one request under way that has not ended.</summary>
    private IChannelHandler Open(HpackEncoder encoder, HeaderList head)
    {
        IChannelHandler connection = Http2Connection.Accept(new SinkChannel(_loop), new AnsweringHandler(), new WireOptions(), new ViolationCounters());
        connection.OnBytes(FrameWriter.Preface);
        connection.OnBytes(Written(output => FrameWriter.Settings(output, [])));
        connection.OnBytes(Request(encoder, head, 1, endStream: false));
        _loop.Turn();
        return connection;
    }

    private byte[] Request(HpackEncoder encoder, HeaderList head, int id, bool endStream = true)
    {
        var block = new ByteBuffer();
        encoder.Encode(head, block);
        return Written(output =>
        {
            FrameWriter.Headers(output, id, block.Written, endStream: false, maxFrameSize: 16 * 1024);
            FrameWriter.Data(output, id, new byte[100], endStream);
        });
    }

    private byte[] Written(Action<ByteQueue> write)
    {
        var output = new ByteQueue(_loop.Segments);
        write(output);
        var bytes = new List<byte>();
        for (; output.Length > 0; output.Consume(output.First.Length))
        {
            bytes.AddRange(output.First);
        }

        return [.. bytes];
    }
}
