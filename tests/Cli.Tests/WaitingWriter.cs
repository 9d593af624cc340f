using System.Text;

namespace Mesh.Cli.Tests;

/// <summary>Keeps what a verb prints while it runs, and waits for what it is to print.</summary>
internal sealed class WaitingWriter : TextWriter
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _text.Append(value);
            (changed, _changed) = (_changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public async Task Contains(string expected)
    {
        using var limit = new CancellationTokenSource(Built.Limit);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_text.ToString().Contains(expected, StringComparison.Ordinal))
                {
                    return;
                }

                changed = _changed.Task;
            }

            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{expected}' was not printed; this was: {_text}");
            }
        }
    }
}
