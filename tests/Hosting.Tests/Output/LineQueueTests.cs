using System.Text;

namespace Mesh.Hosting.Tests.Output;

public sealed class LineQueueTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly StuckStream _output = new();
    private readonly LineQueue _queue;
    private readonly List<string> _told = [];

    public LineQueueTests()
    {
        _queue = new LineQueue("stdout", _output);
        _queue.Troubled += Tell;
        _queue.Recovered += Tell;
    }

    [Fact]
    public void Lines_arrive_in_order_and_whole()
    {
        _output.Unblock();
        for (var i = 0; i < 10_000; i++)
        {
            Assert.True(_queue.Write(Encoding.UTF8.GetBytes($"line {i}\n")));
        }

        Assert.True(_queue.Flush(Bound));
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"line {i}"), _output.Lines);
        Assert.Equal(0, _queue.Dropped);
    }

    [Fact]
    public void A_write_to_a_pipe_is_small_enough_not_to_be_mixed_with_those_of_others_and_ends_with_a_line()
    {
        for (var i = 0; i < 1000; i++)
        {
            _queue.Write(Encoding.UTF8.GetBytes(new string('x', i % 300) + "\n"));
        }

        _output.Unblock();
        Assert.True(_queue.Flush(Bound));
        Assert.All(_output.Writes, write => Assert.True(write.Length <= 4096 && write.EndsWith('\n')));
    }

    [Fact]
    public void A_line_longer_than_that_is_written_whole()
    {
        var line = new string('x', 100_000) + "\n";
        _queue.Write("a\n"u8);
        _queue.Write(Encoding.UTF8.GetBytes(line));
        _output.Unblock();
        Assert.True(_queue.Flush(Bound));
        Assert.Contains(line, _output.Writes);
    }

    [Fact]
    public void Without_memory_to_say_it_the_lines_go_on_and_it_is_said_later()
    {
        var isShort = true;
        var attempts = 0;
        _queue.Troubled += _ => Fail();
        _queue.Recovered += _ => Fail();
        var line = Encoding.UTF8.GetBytes(new string('x', 999) + "\n");
        while (_queue.Write(line))
        {
        }

        _output.Unblock();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref attempts) >= 2, Bound));
        Volatile.Write(ref isShort, false);
        Assert.True(_queue.Write("after\n"u8));
        Assert.True(_queue.Flush(Bound));
        Assert.Equal("after", _output.Lines[^1]);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref attempts) >= 3, Bound));
        Assert.Equal("1 line was dropped: nobody reads stdout", Told[^1]);

        void Fail()
        {
            Interlocked.Increment(ref attempts);
            if (Volatile.Read(ref isShort))
            {
                throw new InsufficientMemoryException();
            }
        }
    }

    [Fact]
    public void Nobody_waits_for_an_output_that_is_stuck_and_what_has_no_room_is_counted_and_told_of_when_it_is_over()
    {
        var line = Encoding.UTF8.GetBytes(new string('x', 999) + "\n");
        var dropped = 0;
        for (var i = 0; i < 5000; i++)
        {
            dropped += _queue.Write(line) ? 0 : 1;
        }

        Assert.InRange(dropped, 5000 - (LineQueue.MostBytes / line.Length) - 1, 4999);
        Assert.Equal(dropped, _queue.Dropped);
        Assert.Equal(["nobody reads stdout; lines are dropped until that is over"], Told);
        Assert.False(_queue.Flush(TimeSpan.Zero));

        _output.Unblock();
        Assert.True(SpinWait.SpinUntil(() => Told.Length == 2, Bound));
        Assert.Equal($"{dropped} lines were dropped: nobody reads stdout", Told[1]);
        Assert.True(_queue.Write("after\n"u8));
        Assert.True(_queue.Flush(Bound));
        Assert.Equal("after", _output.Lines[^1]);
        Assert.Equal(5000 - dropped + 1, _output.Lines.Length);
    }

    [Fact]
    public void What_the_output_refuses_is_counted_and_told_of_at_once_and_when_it_is_over()
    {
        _output.Unblock();
        _output.Refusal = "No space left on device";
        _queue.Write("lost 1\n"u8);
        Assert.True(_queue.Flush(Bound));
        _queue.Write("lost 2\n"u8);
        Assert.True(_queue.Flush(Bound));
        Assert.Equal(2, _queue.Dropped);
        Assert.Equal("No space left on device", _queue.Failure?.Message);
        Assert.Equal(["stdout: No space left on device; lines are dropped until that is over"], Told);

        _output.Refusal = null;
        _queue.Write("kept\n"u8);
        Assert.True(SpinWait.SpinUntil(() => Told.Length == 2, Bound));
        Assert.Equal("2 lines were dropped: stdout: No space left on device", Told[1]);
        Assert.Null(_queue.Failure);
        Assert.Equal(["kept"], _output.Lines);
    }

    [Fact]
    public void Text_leaves_line_by_line_however_it_is_written()
    {
        _output.Unblock();
        using var writer = new LineWriter(_queue);
        writer.Write("a");
        writer.Write(1);
        writer.WriteLine();
        writer.WriteLine("é");
        writer.Write("rest");
        writer.Flush();
        Assert.True(_queue.Flush(Bound));
        Assert.Equal("a1\né\nrest", string.Concat(_output.Writes));
    }

    private string[] Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    private void Tell(string text)
    {
        lock (_told)
        {
            _told.Add(text);
        }
    }

    /// <summary>Takes nothing, not even a write's end, until it is unblocked.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly List<string> _writes = [];

        public string? Refusal { get; set; }

        public string[] Writes
        {
            get
            {
                lock (_writes)
                {
                    return [.. _writes];
                }
            }
        }

        public string[] Lines => string.Concat(Writes).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        public void Unblock() => _open.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _open.Wait();
            if (Refusal is { } why)
            {
                throw new IOException(why);
            }

            lock (_writes)
            {
                _writes.Add(Encoding.UTF8.GetString(buffer));
            }
        }
    }
}
