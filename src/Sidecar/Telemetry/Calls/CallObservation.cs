using Mesh.Policy.Outcomes;
using Mesh.Resources.Rollouts;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>
/// The calls to one service since somebody looks at them closely: how many failed by the fault of the service or the mesh, and how long they took, finer than
/// <see cref="CallHistogram"/>. Each loop writes its own part, which is made with its first call; one thread reads.
/// </summary>
internal sealed class CallObservation
{
    private const uint Failures =
        (1u << GrpcStatus.Unknown) |
        (1u << GrpcStatus.DeadlineExceeded) |
        (1u << GrpcStatus.ResourceExhausted) |
        (1u << GrpcStatus.Unimplemented) |
        (1u << GrpcStatus.Internal) |
        (1u << GrpcStatus.Unavailable) |
        (1u << GrpcStatus.DataLoss);

    private readonly PerLoop?[] _loops = new PerLoop?[WorkerLoop.Most];

    /// <summary>A call is over. On the loop's thread only. Those that their callers gave up say nothing.</summary>
    /// <param name="loop">Which.</param>
    /// <param name="code">How it ended.</param>
    /// <param name="ticks">How long it took.</param>
    /// <param name="isRateLimited">It was refused since there were too many, which HTTP's class of statuses does not say.</param>
    public void Record(int loop, int code, long ticks, bool isRateLimited)
    {
        if (code == GrpcStatus.Cancelled)
        {
            return;
        }

        var part = _loops[loop];
        if (part is null)
        {
            Volatile.Write(ref _loops[loop], part = new PerLoop());
        }

        part.Record(isRateLimited || IsFailure(code), LatencyScale.IndexOf(ticks));
    }

    /// <summary>All there is so far.</summary>
    /// <param name="failures">How many of the calls failed.</param>
    /// <param name="latencies">As many as the scale has places; what is counted is added.</param>
    public void AddTo(ref long failures, Span<long> latencies)
    {
        foreach (var loop in _loops)
        {
            loop?.AddTo(ref failures, latencies);
        }
    }

    private static bool IsFailure(int code) => CallCode.IsGrpc(code) ? (Failures >> code & 1) != 0 : code == CallCode.Count - 1;

    private sealed class PerLoop
    {
        private readonly long[] _latencies = new long[LatencyScale.Count];
        private long _failures;

        // One writer: plain additions, written so that no reader sees half of one. The failure last: a reader never sees more failures than calls.
        public void Record(bool isFailure, int index)
        {
            Volatile.Write(ref _latencies[index], _latencies[index] + 1);
            if (isFailure)
            {
                Volatile.Write(ref _failures, _failures + 1);
            }
        }

        public void AddTo(ref long failures, Span<long> latencies)
        {
            failures += Volatile.Read(ref _failures);
            for (var i = 0; i < latencies.Length; i++)
            {
                latencies[i] += Volatile.Read(ref _latencies[i]);
            }
        }
    }
}
