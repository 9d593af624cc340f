namespace Mesh.Cli.Load;

/// <summary>What became of the calls: counts, durations, the first few failures. Thread safe.</summary>
internal sealed class CallLog
{
    /// <summary>Failures of more kinds than that would not help anybody.</summary>
    private const int KeptFailures = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<CallKind, CallFigures> _figures = [];
    private readonly SortedDictionary<string, long> _servedBy = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];
    private readonly List<(long Recorded, TaskCompletionSource Reached)> _goals = [];
    private long _recorded;

    /// <summary>The calls recorded so far, whether taken or not.</summary>
    public long Recorded
    {
        get
        {
            lock (_lock)
            {
                return _recorded;
            }
        }
    }

    /// <summary>What has failed, each kind of failure once, as "METHOD: what happened"; the first few kinds.</summary>
    public IReadOnlyList<string> Failures
    {
        get
        {
            lock (_lock)
            {
                return [.. _failures];
            }
        }
    }

    public void Succeeded(CallKind kind, TimeSpan duration) => Record(kind, duration, null);

    public void Failed(CallKind kind, TimeSpan duration, string why) => Record(kind, duration, why);

    /// <summary>Which instance of users has answered a call.</summary>
    public void Served(string instance)
    {
        lock (_lock)
        {
            _servedBy[instance] = _servedBy.GetValueOrDefault(instance) + 1;
        }
    }

    /// <summary>The calls answered so far, by instance of users.</summary>
    public IReadOnlyDictionary<string, long> ServedBy()
    {
        lock (_lock)
        {
            return new SortedDictionary<string, long>(_servedBy, StringComparer.Ordinal);
        }
    }

    /// <summary>Completes when so many calls have been recorded in all.</summary>
    public Task ReachedAsync(long recorded)
    {
        lock (_lock)
        {
            if (_recorded >= recorded)
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _goals.Add((recorded, reached));
            return reached.Task;
        }
    }

    /// <summary>The figures of each kind of call that was made since the last time; begins anew.</summary>
    public IReadOnlyDictionary<CallKind, CallFigures> Take()
    {
        lock (_lock)
        {
            var taken = new Dictionary<CallKind, CallFigures>(_figures);
            _figures.Clear();
            return taken;
        }
    }

    private void Record(CallKind kind, TimeSpan duration, string? failure)
    {
        lock (_lock)
        {
            if (!_figures.TryGetValue(kind, out var figures))
            {
                _figures.Add(kind, figures = new CallFigures());
            }

            figures.Add(duration, failure is not null);
            if (failure is not null && _failures.Count < KeptFailures && $"{kind.Method}: {failure}" is var line && !_failures.Contains(line))
            {
                _failures.Add(line);
            }

            _recorded++;
            foreach (var (goal, reached) in _goals)
            {
                if (goal <= _recorded)
                {
                    reached.TrySetResult();
                }
            }

            _goals.RemoveAll(goal => goal.Recorded <= _recorded);
        }
    }
}
