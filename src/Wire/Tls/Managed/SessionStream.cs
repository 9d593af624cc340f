using System.Buffers;
using Mesh.Wire.Buffers;

namespace Mesh.Wire.Tls.Managed;

/// <summary>
/// What SslStream takes for its network: it reads what was handed in, and what it writes goes into the output of the moment. A read for which
/// there is nothing yet is done from within <see cref="HandIn"/>, on the thread that calls it: so nothing ever leaves the loop. It holds no
/// memory while nothing waits in it.
/// </summary>
internal sealed class SessionStream : Stream
{
    private byte[] _bytes = [];
    private int _start;
    private int _end;
    private Memory<byte> _into;
    private TaskCompletionSource<int>? _reader;

    /// <summary>Where writes go.</summary>
    public ByteQueue? Output { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Bytes of the peer's.</summary>
    public void HandIn(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        var room = ArrayPool<byte>.Shared.Rent(_end - _start + bytes.Length);
        _bytes.AsSpan(_start, _end - _start).CopyTo(room);
        bytes.CopyTo(room.AsSpan(_end - _start));
        var length = _end - _start + bytes.Length;
        Release();
        (_bytes, _start, _end) = (room, 0, length);
        if (_reader is { } reader)
        {
            _reader = null;
            var into = _into;
            _into = default;
            reader.SetResult(Take(into.Span));
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_end > _start)
        {
            return new ValueTask<int>(Take(buffer.Span));
        }

        _into = buffer;
        _reader = new TaskCompletionSource<int>(); // its continuations run where it is completed: on the loop
        return new ValueTask<int>(_reader.Task);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Only what is there: nothing here may wait.</summary>
    public override int Read(Span<byte> buffer) => Take(buffer);

    public override int Read(byte[] buffer, int offset, int count) => Take(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer) => Output?.Append(buffer);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }

    private int Take(Span<byte> into)
    {
        var n = Math.Min(into.Length, _end - _start);
        _bytes.AsSpan(_start, n).CopyTo(into);
        _start += n;
        if (_start == _end)
        {
            Release();
        }

        return n;
    }

    private void Release()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        (_bytes, _start, _end) = ([], 0, 0);
    }
}
