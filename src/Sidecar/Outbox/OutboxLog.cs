using System.Globalization;
using Mesh.Hosting;

namespace Mesh.Sidecar.Outbox;

/// <summary>
/// What waits to be delivered, in files of a folder: appended at one end, taken at the other, in order. What is appended is on the disk; what is taken is
/// forgotten once that is said. A record that was damaged on the disk is passed over and said. One user at a time; blocks.
/// </summary>
internal sealed class OutboxLog : IDisposable
{
    private const string Ending = ".outbox";
    private const int SegmentBytes = 4 * 1024 * 1024;

    private readonly string _folder;
    private readonly Log _log;
    private readonly FileStream _lock;
    private readonly List<OutboxSegment> _segments = [];
    private OutboxPosition _position;
    private byte[]? _first;

    private OutboxLog(string folder, long limit, Log log, FileStream held)
    {
        (_folder, Limit, _log, _lock) = (folder, limit, log, held);
    }

    /// <summary>Bytes that may wait.</summary>
    public long Limit { get; }

    /// <summary>Bytes that are not delivered yet.</summary>
    public long Bytes => _segments.Sum(segment => (long)segment.Length) - (_segments.Count == 0 ? 0 : Math.Max(_position.Offset, OutboxSegment.Begin))
        - (OutboxSegment.Begin * Math.Max(0L, _segments.Count - 1));

    /// <summary>Nothing waits.</summary>
    public bool IsEmpty => Bytes == 0;

    /// <param name="folder">Made if it is not there.</param>
    /// <param name="limit">Bytes that may wait.</param>
    /// <param name="log">Told of damage.</param>
    /// <exception cref="IOException">It cannot be used; one line says why.</exception>
    public static OutboxLog Open(string folder, long limit, Log log)
    {
        Directory.CreateDirectory(folder);
        var outbox = new OutboxLog(folder, limit, log, Lock(folder));
        try
        {
            outbox.Load();
            return outbox;
        }
        catch (IOException)
        {
            outbox.Dispose();
            throw;
        }
    }

    /// <summary>Appends records, all or none.</summary>
    /// <exception cref="IOException">None was.</exception>
    public void Append(IReadOnlyList<ReadOnlyMemory<byte>> records)
    {
        using var batch = new MemoryStream();
        foreach (var record in records)
        {
            OutboxRecords.Write(batch, record.Span);
        }

        if (_segments.Count == 0 || _segments[^1].Length + batch.Length > SegmentBytes)
        {
            Roll();
        }

        _segments[^1].Append(batch.GetBuffer().AsSpan(0, (int)batch.Length));
        if (_segments.Count == 1)
        {
            _first = null;
        }
    }

    /// <summary>The record that is next, and where it ends; null if nothing waits.</summary>
    /// <param name="after">Where the one before it ended; null: behind what was delivered.</param>
    public (byte[] Content, OutboxPosition End)? Next(OutboxPosition? after = null)
    {
        var from = after ?? _position;
        foreach (var segment in _segments)
        {
            if (segment.Number < from.Segment)
            {
                continue;
            }

            var offset = segment.Number == from.Segment ? Math.Max(from.Offset, OutboxSegment.Begin) : OutboxSegment.Begin;
            if (OutboxRecords.TryNext(BytesOf(segment), ref offset, out var content, out var passedOver))
            {
                Tell(segment, passedOver);
                return (content.ToArray(), new OutboxPosition(segment.Number, offset));
            }

            Tell(segment, passedOver);
        }

        return null;
    }

    /// <summary>All up to there is delivered, and is not needed any more.</summary>
    /// <exception cref="IOException">It may be delivered again after a restart.</exception>
    public void Forget(OutboxPosition end)
    {
        Span<byte> bytes = stackalloc byte[OutboxPosition.Bytes];
        end.Write(bytes);
        using (var file = File.OpenHandle(PositionPath, FileMode.OpenOrCreate, FileAccess.Write))
        {
            RandomAccess.Write(file, bytes, 0);
            RandomAccess.FlushToDisk(file);
        }

        _position = end;
        while (_segments.Count > 1 && _segments[0].Number < end.Segment)
        {
            Drop(_segments[0]);
        }

        if (_segments is [var last] && end.Segment == last.Number && end.Offset >= last.Length)
        {
            Drop(last);
        }
    }

    public void Dispose()
    {
        _segments.ForEach(segment => segment.Dispose());
        _segments.Clear();
        _lock.Dispose();
    }

    private string PositionPath => Path.Combine(_folder, "position");

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException fault) when (File.Exists(Path.Combine(folder, "lock")))
        {
            throw new IOException($"{folder}: is the outbox of another sidecar that runs; give each its own", fault);
        }
    }

    private void Load()
    {
        _position = File.Exists(PositionPath) ? OutboxPosition.Read(File.ReadAllBytes(PositionPath)) : default;
        foreach (var (number, path) in Directory.GetFiles(_folder, "*" + Ending)
            .Select(path => (Number: long.TryParse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture, out var number) ? number : -1, path))
            .Where(file => file.Number >= 0)
            .OrderBy(file => file.Number))
        {
            if (number < _position.Segment)
            {
                File.Delete(path);
                continue;
            }

            if (new FileInfo(path).Length < OutboxSegment.Begin)
            {
                // It was being made when the power went.
                File.Delete(path);
                continue;
            }

            _segments.Add(OutboxSegment.Open(path, number));
        }

        // What a power cut has left of a write that nobody was promised.
        if (_segments is [.., var last])
        {
            CutTorn(last);
        }
    }

    private static void CutTorn(OutboxSegment last)
    {
        var all = last.ReadAll();
        var (offset, end) = (OutboxSegment.Begin, Math.Min(OutboxSegment.Begin, all.Length));
        while (OutboxRecords.TryNext(all, ref offset, out _, out _))
        {
            end = offset;
        }

        if (end < last.Length)
        {
            last.Cut(end);
        }
    }

    private void Roll()
    {
        var number = _segments.Count == 0 ? _position.Segment + 1 : _segments[^1].Number + 1;
        _segments.Add(OutboxSegment.Create(Path.Combine(_folder, number.ToString("D12", CultureInfo.InvariantCulture) + Ending), number));
        FolderSync.Flush(_folder);
    }

    private void Drop(OutboxSegment segment)
    {
        _segments.Remove(segment);
        _first = null;
        segment.Dispose();
        File.Delete(segment.Path);
    }

    // The first is read again and again, record by record.
    private byte[] BytesOf(OutboxSegment segment) => segment == _segments[0] ? _first ??= segment.ReadAll() : segment.ReadAll();

    private void Tell(OutboxSegment segment, int passedOver)
    {
        if (passedOver > 0)
        {
            _log.Error($"{segment.Path}: {passedOver} bytes are damaged and passed over: what they held is not published; look at the disk");
        }
    }
}
