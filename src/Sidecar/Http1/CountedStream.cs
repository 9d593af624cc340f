using Mesh.Http2.Buffers;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// Counts what is read from, or written to, a body, and keeps what is read as far as another attempt may need it. Asynchronous calls
/// only, as Kestrel has it, and one at a time.
/// </summary>
internal sealed class CountedStream(Stream body) : Stream
{
    private readonly ByteBuffer _kept = new();
    private int _limit;
    private int _position;

    /// <summary>Bytes that have passed; those that are read again count once.</summary>
    public long Count { get; private set; }

    /// <summary>All that was read so far can be read again.</summary>
    public bool IsKept => Count == _kept.Length;

    /// <summary>Keeps what is read, as long as it is no more than so many bytes.</summary>
    public void Keep(int limit) => _limit = limit;

    /// <summary>Reads what is kept once more, and then on. Nobody may be reading.</summary>
    public void Rewind() => _position = 0;

    public override bool CanRead => body.CanRead;

    public override bool CanWrite => body.CanWrite;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position < _kept.Length)
        {
            var again = Math.Min(buffer.Length, _kept.Length - _position);
            _kept.Written.Slice(_position, again).CopyTo(buffer.Span);
            _position += again;
            return again;
        }

        var read = await body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (IsKept && Count + read <= _limit)
        {
            _kept.Append(buffer.Span[..read]);
            _position = _kept.Length;
        }
        else if (read > 0)
        {
            _kept.Clear();
            _kept.Trim();
        }

        Count += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Count += buffer.Length;
        return body.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => body.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
