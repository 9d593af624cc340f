using System.Globalization;
using System.Net;
using System.Text;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Traffic.Simulated;

/// <summary>An instance with streams that never end: it sends numbers from the one that it is asked for on, or sends each back that it gets.</summary>
/// <param name="world">Where it is.</param>
/// <param name="interval">Between two numbers, in ticks.</param>
internal sealed class StreamingServer(World world, long interval) : IConnectionHandler
{
    private IPEndPoint? _address;

    /// <summary>The first number that a caller wants; without it numbers are sent back.</summary>
    public static ReadOnlySpan<byte> FromHeader => "x-from"u8;

    public IPEndPoint Address => _address ??= world.Listen(Listening.With(() => this));

    /// <summary>Streams under way.</summary>
    public int Open { get; private set; }

    void IConnectionHandler.OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        Open++;
        var sends = headers.TryGet(FromHeader, out var from);
        var call = new Call(this, stream);
        stream.Handler = call;
        var head = new HeaderList();
        head.Add(KnownHeader.Status, "200"u8);
        head.Add(KnownHeader.ContentType, "application/grpc"u8);
        stream.WriteHeaders(head, endStream: false);
        if (sends)
        {
            call.SendFrom(long.Parse(Encoding.ASCII.GetString(from), CultureInfo.InvariantCulture));
        }
    }

    void IConnectionHandler.OnCapacityChanged(MessageConnection connection)
    {
    }

    void IConnectionHandler.OnClosed(MessageConnection connection)
    {
    }

    private sealed class Call(StreamingServer server, MessageStream stream) : IStreamHandler
    {
        private bool _isOver;

        public void SendFrom(long number) => server.After(() =>
        {
            if (!_isOver)
            {
                stream.Write(Numbered.Message(number), endStream: false);
                SendFrom(number + 1);
            }
        });

        public void OnData(MessageStream from, ReadOnlySpan<byte> data, bool endStream)
        {
            from.ReturnCredit(data.Length);
            from.Write(data, endStream: false);
        }

        public void OnClosed(MessageStream closed)
        {
            server.Open--;
            _isOver = true;
        }

        public void OnReset(MessageStream from, StreamReset reset) => _isOver = true;

        public void OnInterim(MessageStream from, HeaderList headers)
        {
        }

        public void OnHeaders(MessageStream from, HeaderList headers, bool endStream)
        {
        }

        public void OnTrailers(MessageStream from, HeaderList trailers)
        {
        }

        public void OnSent(MessageStream to, int bytes)
        {
        }
    }

    private void After(Action send) => world.After(interval, send);
}
