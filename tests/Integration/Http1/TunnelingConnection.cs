using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Mesh.Integration.Processes;

namespace Mesh.Integration.Http1;

/// <summary>
/// One connection of HTTP/2 on which nothing is asked but CONNECT (RFC 9113 section 8.5), frame by frame: .NET's client sends none. Any
/// thread may use a tunnel of its own.
/// </summary>
internal sealed class TunnelingConnection : IAsyncDisposable
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte WindowUpdate = 8;
    private const byte Ended = 1;
    private const byte EndHeaders = 4;

    private readonly NetworkStream _wire;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, Tunnel> _tunnels = new();
    private readonly Task _reading;
    private int _next = 1;

    private TunnelingConnection(NetworkStream wire)
    {
        _wire = wire;
        _reading = ReadAsync();
    }

    /// <param name="address">HOST:PORT.</param>
    public static async Task<TunnelingConnection> ConnectAsync(string address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPEndPoint.Parse(address), Bound.Token);
        var wire = new NetworkStream(socket, ownsSocket: true);
        // Before anything is read, and answered: the first frame is SETTINGS, empty here.
        byte[] preface = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, Settings, 0, 0, 0, 0, 0];
        await wire.WriteAsync(preface, Bound.Token);
        return new TunnelingConnection(wire);
    }

    /// <summary>Asks for a tunnel; its <see cref="Tunnel.StatusAsync"/> says whether there is one.</summary>
    /// <param name="target">Host and port, or host.</param>
    /// <param name="end">Nothing will be sent through it.</param>
    public async Task<Tunnel> AskAsync(string target, bool end = false)
    {
        var tunnel = new Tunnel(this, _next);
        _tunnels[_next] = tunnel;
        _next += 2;
        // Literal fields without indexing, with the static table's names: 2 is :method, 1 is :authority.
        byte[] block = [2, 7, .. "CONNECT"u8, 1, (byte)target.Length, .. Encoding.ASCII.GetBytes(target)];
        await SendAsync(Headers, end ? (byte)(EndHeaders | Ended) : EndHeaders, tunnel.Id, block);
        return tunnel;
    }

    public async ValueTask DisposeAsync()
    {
        await _wire.DisposeAsync();
        await _reading;
    }

    private async Task SendAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, (payload.Length << 8) | type);
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsMemory(9));
        await _writing.WaitAsync(Bound.Token);
        try
        {
            await _wire.WriteAsync(frame, Bound.Token);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        var header = new byte[9];
        try
        {
            while (true)
            {
                await _wire.ReadExactlyAsync(header, Bound.Token);
                var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >>> 8];
                await _wire.ReadExactlyAsync(payload, Bound.Token);
                await OnFrameAsync(header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)), payload);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            foreach (var tunnel in _tunnels.Values)
            {
                await tunnel.EndAsync(e);
            }
        }
    }

    private async Task OnFrameAsync(byte type, byte flags, int stream, byte[] payload)
    {
        if (type == GoAway)
        {
            var why = new IOException($"GOAWAY {Convert.ToHexString(payload)} {Encoding.Latin1.GetString(payload.AsSpan(8))}");
            foreach (var each in _tunnels.Values)
            {
                await each.EndAsync(why);
            }
        }
        else if (type == Settings && (flags & 1) == 0)
        {
            await SendAsync(Settings, 1, 0, ReadOnlyMemory<byte>.Empty);
        }
        else if (stream != 0 && _tunnels.TryGetValue(stream, out var tunnel))
        {
            await tunnel.OnFrameAsync(type, payload, ended: type is Data or Headers && (flags & Ended) != 0);
        }
    }

    /// <summary>What goes through one tunnel. Writing heeds no window: more than 64 KiB at a time is for nobody here to send.</summary>
    public sealed class Tunnel(TunnelingConnection connection, int id) : Stream
    {
        private readonly Pipe _come = new(new PipeOptions(pauseWriterThreshold: 0));
        private readonly TaskCompletionSource<string> _status = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Id => id;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        /// <summary>What the head says, of those that the static table has.</summary>
        public Task<string> StatusAsync => _status.Task.WaitAsync(Bound.Token);

        public async Task SendAsync(string latin1, bool end = false) =>
            await connection.SendAsync(Data, end ? Ended : (byte)0, id, Encoding.Latin1.GetBytes(latin1));

        public Task ResetAsync() => connection.SendAsync(Reset, 0, id, new byte[] { 0, 0, 0, 8 });

        /// <summary>All that comes until the other end says that it is done.</summary>
        public async Task<string> ReadToEndAsync()
        {
            using var reader = new StreamReader(this, Encoding.Latin1, leaveOpen: true);
            return await reader.ReadToEndAsync(Bound.Token);
        }

        public async Task<string> ReadUntilAsync(string text)
        {
            var read = new StringBuilder();
            var buffer = new byte[1024];
            while (!read.ToString().Contains(text, StringComparison.Ordinal))
            {
                var count = await ReadAsync(buffer, Bound.Token);
                Assert.True(count > 0, $"the tunnel ended after: {read}");
                read.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            return read.ToString();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await _come.Reader.ReadAsync(cancellationToken);
            var count = (int)Math.Min(buffer.Length, read.Buffer.Length);
            var end = read.Buffer.GetPosition(count);
            var at = 0;
            foreach (var piece in read.Buffer.Slice(0, end))
            {
                piece.CopyTo(buffer[at..]);
                at += piece.Length;
            }

            _come.Reader.AdvanceTo(end);
            if (count > 0)
            {
                var credit = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(credit, count);
                await connection.SendAsync(WindowUpdate, 0, 0, credit);
                await connection.SendAsync(WindowUpdate, 0, id, credit);
            }

            return count;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var at = 0; at < buffer.Length; at += 16_384)
            {
                await connection.SendAsync(Data, 0, id, buffer.Slice(at, Math.Min(16_384, buffer.Length - at)));
            }
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public async Task OnFrameAsync(byte type, byte[] payload, bool ended)
        {
            if (type == Headers)
            {
                // The first field; 0x88 to 0x8e are the static table's.
                _status.TrySetResult(payload[0] switch { 0x88 => "200", 0x8c => "400", 0x8d => "404", var other => $"field {other:x}" });
            }
            else if (type == Data)
            {
                await _come.Writer.WriteAsync(payload);
            }
            else if (type == Reset)
            {
                await EndAsync(new IOException($"reset with {BinaryPrimitives.ReadInt32BigEndian(payload)}"));
            }

            if (ended)
            {
                await _come.Writer.CompleteAsync();
            }
        }

        public async Task EndAsync(Exception why)
        {
            _status.TrySetException(why);
            await _come.Writer.CompleteAsync(why);
        }
    }
}
