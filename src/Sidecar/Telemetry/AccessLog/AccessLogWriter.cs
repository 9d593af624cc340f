using Mesh.Sidecar.Telemetry.Rings;

namespace Mesh.Sidecar.Telemetry.AccessLog;

/// <summary>
/// Writes the access log to a stream, several times a second, until it is disposed; then what is left. Lines that the output
/// does not take (a full disk, a reader that is gone) are missing and counted; the next round tries again.
/// </summary>
internal sealed class AccessLogWriter : IRingConsumer<AccessLogEntry?>, IDisposable
{
    /// <summary>How long a line may wait; people who follow a log do not notice.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>A round's lines leave in writes of this size at most, whole lines each.</summary>
    private const int ChunkSize = 64 * 1024;

    private readonly Stream _output;
    private readonly MemoryStream _chunk = new(ChunkSize);
    private readonly AccessLogLine _line;
    private readonly TimeProvider _time;
    private readonly RingReader<AccessLogEntry?> _reader;
    private DateTimeOffset _now;
    private long _nowTicks;
    private int _chunkLines;
    private bool _isFailing;
    private long _lines;
    private long _lost;

    /// <param name="format">Text or JSON.</param>
    /// <param name="output">Written by this alone, in whole lines.</param>
    /// <param name="time">The clock that the loops have too.</param>
    public AccessLogWriter(AccessLogFormat format, Stream output, TimeProvider time)
    {
        _output = output;
        _line = new AccessLogLine(format);
        _time = time;
        _reader = new RingReader<AccessLogEntry?>("access log", Interval, this);
    }

    /// <summary>Lines written so far. Any thread, as the next.</summary>
    public long Lines => Volatile.Read(ref _lines);

    /// <summary>Calls that are missing in the log.</summary>
    public long Dropped => _reader.Dropped + Volatile.Read(ref _lost);

    /// <summary>For one writer. Entries are made as they are first needed: a quiet sidecar has few.</summary>
    public Ring<AccessLogEntry?> AddRing(Direction direction, int size) => _reader.AddRing(direction, size);

    /// <summary>Writes what there is until now and ends.</summary>
    public void Dispose() => _reader.Dispose();

    void IRingConsumer<AccessLogEntry?>.BeginRound()
    {
        // The loops' clock has no date: how long ago it was tells.
        _now = _time.GetUtcNow();
        _nowTicks = _time.GetElapsedTime(0).Ticks;
        _isFailing = false;
    }

    void IRingConsumer<AccessLogEntry?>.Take(Direction direction, in AccessLogEntry? item)
    {
        var line = _line.Format(direction, item!, _now.AddTicks(item!.Started - _nowTicks)).Span;
        if (_chunk.Length + line.Length > ChunkSize)
        {
            WriteChunk();
        }

        _chunk.Write(line);
        _chunkLines++;
    }

    void IRingConsumer<AccessLogEntry?>.EndRound() => WriteChunk();

    private void WriteChunk()
    {
        try
        {
            if (_chunk.Length > 0 && !_isFailing)
            {
                _output.Write(_chunk.GetBuffer(), 0, (int)_chunk.Length);
                _output.Flush();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _isFailing = true; // one failure a round is enough to know
        }

        if (_isFailing)
        {
            Volatile.Write(ref _lost, _lost + _chunkLines);
        }
        else
        {
            Volatile.Write(ref _lines, _lines + _chunkLines);
        }

        _chunkLines = 0;
        _chunk.SetLength(0);
    }
}
