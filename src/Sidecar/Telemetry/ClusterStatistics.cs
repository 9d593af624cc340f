using System.Text;
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
    public void RecordShared(ReadOnlySpan<byte> path, long ticks)
    {
        lock (_sharedGate)
        {
            _shared.For(service, path).Record(MethodStatistics.NotGrpc, ticks);
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

        public PerLoop() => _byPath = _methods.GetAlternateLookup<ReadOnlySpan<byte>>();

        /// <summary>Replaced whole when one is added, so that others may read it.</summary>
        public MethodStatistics[] Methods => _all;

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
