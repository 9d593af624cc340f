namespace Mesh.Hosting;

/// <summary>
/// Lines on their way to an output that may be slow, stuck, full or gone. Nobody who writes waits for it or hears of its
/// faults: a thread of its own does the writing, and what finds no room, or what the output refuses, is dropped and
/// counted. Any thread.
/// </summary>
public sealed class LineQueue
{
    /// <summary>Of lines that wait, in bytes; a line that makes it more is dropped. Some ten thousand lines.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private const int BlockSize = 32 * 1024;

    /// <summary>PIPE_BUF of Linux: writes up to it are not mixed with those of others who have the same pipe.</summary>
    private const int AtomicWrite = 4096;

    private readonly object _gate = new();
    private readonly Stream _output;
    private readonly Queue<Block> _blocks = new();
    private Block? _last;
    private Block? _spare;
    private int _held;
    private long _dropped;
    private long _unsaid;
    private bool _isInTrouble;
    private IOException? _refused;
    private IOException? _failure;

    /// <param name="name">For people: <c>stdout</c>.</param>
    /// <param name="output">Written by this alone, in whole lines. It may block, and may throw <see cref="IOException"/>.</param>
    public LineQueue(string name, Stream output)
    {
        Name = name;
        _output = output;
        new Thread(Run) { IsBackground = true, Name = name }.Start();
    }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>Lines that were dropped so far.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Why the output has refused the last lines it was given; null if it took them.</summary>
    public IOException? Failure => Volatile.Read(ref _failure);

    /// <summary>
    /// Lines begin to be dropped; the text says why. Raised once until <see cref="Recovered"/>, on the thread of whoever writes,
    /// or the queue's own.
    /// </summary>
    public event Action<string>? Troubled;

    /// <summary>Lines are taken again; the text says how many were dropped, and why. Raised on the queue's thread.</summary>
    public event Action<string>? Recovered;

    /// <summary>Takes one or more lines, or drops them; never waits.</summary>
    /// <param name="lines">UTF-8, each with its line's end.</param>
    /// <param name="count">How many there are.</param>
    /// <returns>Whether they were taken.</returns>
    public bool Write(ReadOnlySpan<byte> lines, int count = 1)
    {
        lock (_gate)
        {
            if ((_held == 0 || _held + lines.Length <= MostBytes) && TryAppend(lines, count))
            {
                return true;
            }
        }

        OnDropped(count, refused: null);
        return false;
    }

    /// <summary>Waits until the output has taken, or refused, what was written, but not longer than the limit.</summary>
    /// <returns>Whether it has.</returns>
    public bool Flush(TimeSpan limit)
    {
        var began = TimeProvider.System.GetTimestamp();
        lock (_gate)
        {
            while (_held > 0)
            {
                var left = limit - TimeProvider.System.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    return _held == 0;
                }
            }

            return true;
        }
    }

    /// <returns>False if there is no memory for it.</returns>
    private bool TryAppend(ReadOnlySpan<byte> lines, int count)
    {
        if (_last is null || !_last.HasRoom(lines.Length))
        {
            try
            {
                var next = _spare is not null && _spare.HasRoom(lines.Length) ? _spare : new Block(Math.Max(BlockSize, lines.Length));
                _blocks.Enqueue(next);
                _last = next;
            }
            catch (OutOfMemoryException)
            {
                return false;
            }

            _spare = _last == _spare ? null : _spare;
        }

        _last.Add(lines, count);
        if (_held == 0)
        {
            Monitor.PulseAll(_gate);
        }

        _held += lines.Length;
        return true;
    }

    private void Run()
    {
        while (true)
        {
            var block = Next();
            try
            {
                WriteOut(block.Written);
                Volatile.Write(ref _failure, null);
            }
            catch (IOException refused)
            {
                Volatile.Write(ref _failure, refused);
                OnDropped(block.Lines, refused);
            }

            Free(block);
            SayRecovery();
        }
    }

    private Block Next()
    {
        lock (_gate)
        {
            Block? block;
            while (!_blocks.TryDequeue(out block))
            {
                Monitor.Wait(_gate);
            }

            _last = block == _last ? null : _last; // what comes now is not seen by the write that begins
            return block;
        }
    }

    private void WriteOut(ReadOnlySpan<byte> lines)
    {
        while (lines.Length > 0)
        {
            var length = lines.Length <= AtomicWrite ? lines.Length : lines[..AtomicWrite].LastIndexOf((byte)'\n') + 1;
            length = length > 0 ? length : lines.IndexOf((byte)'\n') + 1; // a long line is written whole all the same
            length = length > 0 ? length : lines.Length;
            _output.Write(lines[..length]);
            lines = lines[length..];
        }

        _output.Flush();
    }

    private void Free(Block block)
    {
        lock (_gate)
        {
            _held -= block.Written.Length;
            block.Clear();
            _spare = block.HasRoom(BlockSize) ? block : _spare;
            if (_held == 0)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void OnDropped(int count, IOException? refused)
    {
        bool begins;
        lock (_gate)
        {
            Volatile.Write(ref _dropped, _dropped + count);
            _unsaid += count;
            begins = !_isInTrouble;
            _isInTrouble = true;
            _refused = refused;
        }

        try
        {
            if (begins)
            {
                Troubled?.Invoke($"{Why(refused)}; lines are dropped until that is over");
            }
        }
        catch (OutOfMemoryException)
        {
            // It is told when that is over.
        }
    }

    /// <summary>Only once there is a good deal of room, or a slow reader would be sent little else.</summary>
    private void SayRecovery()
    {
        long count;
        IOException? refused;
        lock (_gate)
        {
            if (!_isInTrouble || _failure is not null || _held > MostBytes / 2)
            {
                return;
            }

            (count, refused, _unsaid, _isInTrouble) = (_unsaid, _refused, 0, false);
        }

        try
        {
            Recovered?.Invoke($"{count} {(count == 1 ? "line was" : "lines were")} dropped: {Why(refused)}");
        }
        catch (OutOfMemoryException)
        {
            // This thread has to live; after the next lines it is tried again.
            lock (_gate)
            {
                _unsaid += count;
                _isInTrouble = true;
            }
        }
    }

    private string Why(IOException? refused) => refused is null ? $"nobody reads {Name}" : $"{Name}: {refused.Message}";

    /// <summary>Some lines one behind the other.</summary>
    private sealed class Block(int size)
    {
        private readonly byte[] _bytes = new byte[size];
        private int _length;

        public int Lines { get; private set; }

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public bool HasRoom(int length) => _bytes.Length - _length >= length;

        public void Add(ReadOnlySpan<byte> lines, int count)
        {
            lines.CopyTo(_bytes.AsSpan(_length));
            _length += lines.Length;
            Lines += count;
        }

        public void Clear() => (_length, Lines) = (0, 0);
    }
}
