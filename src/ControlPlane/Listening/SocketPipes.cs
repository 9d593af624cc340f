using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Mesh.ControlPlane.Listening;

/// <summary>
/// A socket as two pipes: what it receives is read from one, what is written to the other is sent. Both are filled and emptied on
/// the thread that has something for them: the server's own readers go to another thread for whatever may take long.
/// Whoever makes it runs <see cref="ReceiveAsync"/> and <see cref="SendAsync"/> once. Any thread may end it.
/// </summary>
internal sealed class SocketPipes : IDuplexPipe
{
    // As the server's own transport has it: what is read ahead of a reader that is slow, and what waits for a client that is.
    private const int ReadAhead = 1024 * 1024;
    private const int SendBehind = 64 * 1024;

    private const int FewestBytes = 2048;

    private readonly Socket _socket;
    private readonly Pipe _received;
    private readonly Pipe _toSend;
    private readonly List<ArraySegment<byte>> _segments = [];
    private Exception? _end;

    public SocketPipes(Socket socket, MemoryPool<byte> pool)
    {
        _socket = socket;
        _received = new Pipe(OptionsOf(pool, ReadAhead));
        _toSend = new Pipe(OptionsOf(pool, SendBehind));
    }

    public PipeReader Input => _received.Reader;

    public PipeWriter Output => _toSend.Writer;

    /// <summary>Receives until the client has nothing more to say, the reader is done, or it is ended; never fails.</summary>
    public async Task ReceiveAsync()
    {
        var writer = _received.Writer;
        Exception? fault = null;
        try
        {
            FlushResult flushed;
            do
            {
                // Without a byte of room, so that one who says nothing takes none.
                await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                var count = await _socket.ReceiveAsync(writer.GetMemory(FewestBytes), SocketFlags.None);
                if (count == 0)
                {
                    break;
                }

                writer.Advance(count);
                flushed = await writer.FlushAsync();
            }
            while (!flushed.IsCompleted && !flushed.IsCanceled);
        }
        catch (SocketException gone)
        {
            fault = new ConnectionResetException(gone.Message, gone);
        }
        catch (ObjectDisposedException)
        {
            fault = new ConnectionAbortedException();
        }

        await writer.CompleteAsync(Volatile.Read(ref _end) ?? fault);
    }

    /// <summary>Sends until all has been sent and the writer is done, the client is gone, or it is ended; never fails.</summary>
    public async Task SendAsync()
    {
        var reader = _toSend.Reader;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync();
                if (read.IsCanceled)
                {
                    break;
                }

                await SendAsync(read.Buffer);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
        }
        catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
        {
            // The writer is told by the end of its pipe.
        }

        Close();
        await reader.CompleteAsync();
        // One who waits until its client has read more.
        _toSend.Writer.CancelPendingFlush();
    }

    /// <summary>Ends both at once.</summary>
    public void End(Exception reason)
    {
        Interlocked.CompareExchange(ref _end, reason, null);
        Close();
        _toSend.Reader.CancelPendingRead();
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            if (!bytes.IsEmpty)
            {
                await _socket.SendAsync(bytes.First, SocketFlags.None);
            }

            return;
        }

        _segments.Clear();
        foreach (var part in bytes)
        {
            if (MemoryMarshal.TryGetArray(part, out var segment))
            {
                _segments.Add(segment);
            }
        }

        await _socket.SendAsync(_segments, SocketFlags.None);
        _segments.Clear();
    }

    private void Close()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception over) when (over is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        _socket.Dispose();
    }

    private static PipeOptions OptionsOf(MemoryPool<byte> pool, int most) =>
        new(pool, PipeScheduler.Inline, PipeScheduler.Inline, most, most / 2, useSynchronizationContext: false);
}
