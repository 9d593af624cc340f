using System.Text;
using Mesh.Policy;
using Mesh.Sidecar.Snapshot;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry;

/// <summary>The calls to one service, by loop and method; lasts as long as the process. Each loop writes its own part.</summary>
internal sealed class ClusterStatistics(string service)
{
    /// <summary>Methods told apart; callers choose paths, and must not be able to choose how much memory we use.</summary>
    private const int MostMethods = 500;

    private const string Other = "_OTHER";

    private readonly PerLoop?[] _loops = new PerLoop?[Worker.MostWorkers];
    private readonly Lock _sharedGate = new();
    private readonly PerLoop _shared = new();
    private long _retries;

    /// <summary>Attempts after the first.</summary>
    public long Retries => Volatile.Read(ref _retries);

    public void OnRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Tries on an endpoint, the first of each call included.</summary>
    public long Attempts
    {
        get
        {
            long sum = 0;
            foreach (var loop in _loops)
            {
                sum += loop?.Attempts ?? 0;
            }

            return sum;
        }
    }

    /// <summary>On the loop's thread only.</summary>
    public void OnAttempt(int loop) => (_loops[loop] ?? MakeLoop(loop)).CountAttempt();

    /// <summary>What there is so far, of all loops.</summary>
    public IEnumerable<MethodStatistics> All()
    {
        foreach (var loop in _loops.Append(_shared))
        {
            foreach (var method in loop?.Methods ?? [])
            {
                yield return method;
            }
        }
    }

    /// <summary>Where a loop counts the calls of a path. On that loop only.</summary>
    public MethodStatistics For(int loop, ReadOnlySpan<byte> path) =>
        (_loops[loop] ?? MakeLoop(loop)).For(service, path);

    /// <summary>Counts a call that no loop has made (HTTP/1.1). Any thread.</summary>
    public void RecordShared(ReadOnlySpan<byte> path, int code, long ticks)
    {
        lock (_sharedGate)
        {
            _shared.For(service, path).Record(code, ticks);
        }
    }

    private PerLoop MakeLoop(int loop)
    {
        var made = new PerLoop();
        Volatile.Write(ref _loops[loop], made);
        return made;
    }

    private sealed class PerLoop
    {
        private readonly Dictionary<byte[], MethodStatistics> _methods = new(Utf8Comparer.Instance);
        private readonly Dictionary<byte[], MethodStatistics>.AlternateLookup<ReadOnlySpan<byte>> _byPath;
        private MethodStatistics? _other;
        private volatile MethodStatistics[] _all = [];
        private long _attempts;

        public PerLoop() => _byPath = _methods.GetAlternateLookup<ReadOnlySpan<byte>>();

        public long Attempts => Volatile.Read(ref _attempts);

        /// <summary>Replaced whole when one is added, so that others may read it.</summary>
        public MethodStatistics[] Methods => _all;

        public void CountAttempt() => Volatile.Write(ref _attempts, _attempts + 1);

        public MethodStatistics For(string service, ReadOnlySpan<byte> path)
        {
            if (_byPath.TryGetValue(path, out var found))
            {
                return found;
            }

            if (_methods.Count == MostMethods)
            {
                return _other ??= Add(new MethodStatistics(service, Other));
            }

            var method = new MethodStatistics(service, Encoding.UTF8.GetString(path.TrimStart((byte)'/')));
            _methods.Add(path.ToArray(), method);
            return Add(method);
        }

        private MethodStatistics Add(MethodStatistics method)
        {
            _all = [.. _all, method];
            return method;
        }
    }
}
