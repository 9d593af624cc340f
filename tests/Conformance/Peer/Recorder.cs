using System.Text;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Peer;

/// <summary>
/// The application behind our side: writes down what it is told, one line a call (data that comes in pieces is one line), and
/// does what a test asks of it from within the calls.
/// </summary>
internal sealed class Recorder : IConnectionHandler, IStreamHandler
{
    private readonly List<string> _lines = [];
    private readonly Dictionary<int, MessageStream> _streams = [];
    private int _dataLine = -1;
    private int _dataStream;

    /// <summary>Give back what came in at once, as if somebody had taken it.</summary>
    public bool ReturnsCredit { get; set; } = true;

    public Action<MessageStream>? OnRequestDo { get; set; }

    public Action<MessageStream>? OnHeadersDo { get; set; }

    public Action<MessageStream>? OnDataDo { get; set; }

    /// <summary>On trailers, on data or a head that ends the peer's direction.</summary>
    public Action<MessageStream>? OnEndDo { get; set; }

    public Action<MessageStream, int>? OnSentDo { get; set; }

    public Action<MessageStream>? OnResetDo { get; set; }

    public Action<MessageStream>? OnClosedDo { get; set; }

    public Action<MessageConnection>? OnCapacityDo { get; set; }

    public bool ConnectionClosed { get; private set; }

    public int OpenStreams => _streams.Count;

    public long DataBytes { get; private set; }

    public StreamReset LastReset { get; private set; }

    /// <summary>A stream that has not been closed yet.</summary>
    public MessageStream this[int id] => _streams[id];

    public List<string> Take()
    {
        List<string> lines = [.. _lines];
        _lines.Clear();
        _dataLine = -1;
        return lines;
    }

    public void Track(MessageStream stream) => _streams.Add(stream.Id, stream);

    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        stream.Handler = this;
        Track(stream);
        Add($"request {stream.Id} {Value(headers, KnownHeader.Method)} {Value(headers, KnownHeader.Path)}{Rest(headers)}{End(endStream)}");
        OnRequestDo?.Invoke(stream);
        Ended(stream, endStream);
    }

    public void OnInterim(MessageStream stream, HeaderList headers) => Add($"interim {stream.Id} {Value(headers, KnownHeader.Status)}{Rest(headers)}");

    public void OnHeaders(MessageStream stream, HeaderList headers, bool endStream)
    {
        Add($"response {stream.Id} {Value(headers, KnownHeader.Status)}{Rest(headers)}{End(endStream)}");
        OnHeadersDo?.Invoke(stream);
        Ended(stream, endStream);
    }

    public void OnData(MessageStream stream, ReadOnlySpan<byte> data, bool endStream)
    {
        DataBytes += data.Length;
        var text = data.Length > 100 ? $"({data.Length} bytes)" : Encoding.Latin1.GetString(data);
        if (_dataLine == _lines.Count - 1 && _dataLine >= 0 && _dataStream == stream.Id)
        {
            _lines[_dataLine] += text + End(endStream);
        }
        else
        {
            Add($"data {stream.Id} {text}{End(endStream)}");
            _dataLine = _lines.Count - 1;
            _dataStream = stream.Id;
        }

        OnDataDo?.Invoke(stream);
        if (ReturnsCredit)
        {
            stream.ReturnCredit(data.Length);
        }

        Ended(stream, endStream);
    }

    public void OnTrailers(MessageStream stream, HeaderList trailers)
    {
        Add($"trailers {stream.Id}{Rest(trailers)}");
        Ended(stream, true);
    }

    public void OnSent(MessageStream stream, int bytes) => OnSentDo?.Invoke(stream, bytes);

    public void OnReset(MessageStream stream, StreamReset reset)
    {
        LastReset = reset;
        Add($"reset {stream.Id} {FrameParser.Code((uint)reset.Code)} {reset.Cause}");
        OnResetDo?.Invoke(stream);
    }

    public void OnClosed(MessageStream stream)
    {
        Assert.True(_streams.Remove(stream.Id), "a stream is closed twice");
        OnClosedDo?.Invoke(stream);
    }

    public void OnCapacityChanged(MessageConnection connection) => OnCapacityDo?.Invoke(connection);

    public void OnClosed(MessageConnection connection)
    {
        Assert.False(ConnectionClosed, "the connection's end is told twice");
        ConnectionClosed = true;
    }

    private static string End(bool end) => end ? " end" : "";

    private static string Value(HeaderList headers, KnownHeader name) =>
        headers.TryGet(name, out var value) ? Encoding.Latin1.GetString(value) : "?";

    private static string Rest(HeaderList headers)
    {
        var text = "";
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers.NameAt(i)[0] != ':')
            {
                text += $" {Encoding.Latin1.GetString(headers.NameAt(i))}={Encoding.Latin1.GetString(headers.ValueAt(i))}";
            }
        }

        return text;
    }

    private void Ended(MessageStream stream, bool ended)
    {
        if (ended)
        {
            OnEndDo?.Invoke(stream);
        }
    }

    private void Add(string line) => _lines.Add(line);
}
