using System.Text;
using Mesh.Policy;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Workers;

namespace Mesh.Sidecar.Telemetry.Calls;

/// <summary>
/// The calls to one service, by loop and method; lasts as long as what is known of the service. Each loop writes its own part.
/// Methods that nobody has called for <see cref="IdleTime"/> are forgotten.
/// </summary>
internal sealed class ClusterStatistics(string service)
{
    /// <summary>Methods told apart; callers choose paths, and must not be able to choose how much memory we use.</summary>
    private const int MostMethods = 500;

    /// <summary>Longer paths are no method's, for the same reason.</summary>
    private const int LongestMethod = 256;

    /// <summary>What stands for the names that are not told apart (OpenTelemetry's conventions).</summary>
    public const string Other = "_OTHER";

    /// <summary>Many rounds of whoever collects metrics, so that none is missed; and then it is somebody's mistake, or long ago.</summary>
    public static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(10);

    private static readonly int Reasons = Enum.GetValues<OutcomeReason>().Length;

    private readonly PerLoop?[] _loops = new PerLoop?[WorkerLoop.Most];
    private CallObservation? _observation;
    private long _retries;
    private long _hedges;
    private long _budgetExhausted;

    /// <summary>Who looks more closely at the calls from now on; null while nobody does. Any thread.</summary>
    public CallObservation? Observation
    {
        get => Volatile.Read(ref _observation);
        set => Volatile.Write(ref _observation, value);
    }

    /// <summary>Attempts after the first.</summary>
    public long Retries => Volatile.Read(ref _retries);

    public void OnRetry() => Interlocked.Increment(ref _retries);

    /// <summary>Attempts beside others that were under way.</summary>
    public long Hedges => Volatile.Read(ref _hedges);

    public void OnHedge() => Interlocked.Increment(ref _hedges);

    /// <summary>Retries that the policy wanted and the budget refused.</summary>
    public long BudgetExhausted => Volatile.Read(ref _budgetExhausted);

    /// <summary>Any thread, as the one above.</summary>
    public void OnBudgetExhausted() => Interlocked.Increment(ref _budgetExhausted);

    /// <summary>Tries on an endpoint, the first of each call included.</summary>
    public long Attempts
    {
        get
        {
            var sum = 0L;
            foreach (var loop in _loops)
            {
                sum += loop?.Attempts ?? 0;
            }

            return sum;
        }
    }

    /// <summary>On the loop's thread only.</summary>
    public void OnAttempt(int loop) => (_loops[loop] ?? MakeLoop(loop)).CountAttempt();

    /// <summary>On the loop's thread only.</summary>
    public void OnAttemptEnded(int loop, OutcomeReason reason) => (_loops[loop] ?? MakeLoop(loop)).CountOutcome(reason);

    /// <summary>A call of gRPC has ended that had so many messages. On the loop's thread only.</summary>
    public void OnMessages(int loop, long requests, long answers) => (_loops[loop] ?? MakeLoop(loop)).CountMessages(requests, answers);

    /// <summary>Messages of the calls of gRPC that have ended on a loop. On that loop only.</summary>
    public (long Requests, long Answers) MessagesOf(int loop) => _loops[loop]?.Messages ?? default;

    /// <summary>How often attempts ended for which reason, of those there were.</summary>
    public IEnumerable<(OutcomeReason Reason, long Count)> Outcomes()
    {
        foreach (var reason in Enum.GetValues<OutcomeReason>())
        {
            if (AttemptsEnded(reason) is > 0 and var count)
            {
                yield return (reason, count);
            }
        }
    }

    /// <summary>Attempts that ended for a reason.</summary>
    private long AttemptsEnded(OutcomeReason reason)
    {
        var sum = 0L;
        foreach (var loop in _loops)
        {
            sum += loop?.Outcomes(reason) ?? 0;
        }

        return sum;
    }

    /// <summary>What there is so far, of all loops.</summary>
    public IEnumerable<MethodStatistics> All()
    {
        foreach (var loop in _loops)
        {
            foreach (var method in loop?.Methods ?? [])
            {
                yield return method;
            }
        }
    }

    /// <summary>Where a loop counts the calls of a method. On that loop only.</summary>
    /// <param name="loop">Its number.</param>
    /// <param name="method">A path of gRPC's, or a method of HTTP's.</param>
    /// <param name="isKnown">
    /// The server has it; one that it does not have is counted under "_OTHER" (OpenTelemetry's conventions for RPC,
    /// "rpc.method"), so that whoever tries paths cannot crowd out those there are.
    /// </param>
    /// <param name="now">The time, in the loops' ticks.</param>
    public MethodStatistics For(int loop, ReadOnlySpan<byte> method, bool isKnown, long now) =>
        (_loops[loop] ?? MakeLoop(loop)).For(service, method, isKnown, now);

    /// <summary>Forgets the methods that a loop has not called for long. On that loop only.</summary>
    public void ForgetIdle(int loop, long now) => _loops[loop]?.ForgetIdle(now);

    private PerLoop MakeLoop(int loop)
    {
        var made = new PerLoop(this, loop);
        Volatile.Write(ref _loops[loop], made);
        return made;
    }

    private sealed class PerLoop
    {
        private readonly Dictionary<byte[], MethodStatistics> _methods = new(Utf8Comparer.Instance);
        private readonly Dictionary<byte[], MethodStatistics>.AlternateLookup<ReadOnlySpan<byte>> _byName;
        private MethodStatistics? _other;
        private volatile MethodStatistics[] _all = [];
        private readonly long[] _outcomes = new long[Reasons];
        private readonly ClusterStatistics _owner;
        private readonly int _loop;
        private long _attempts;

        public PerLoop(ClusterStatistics owner, int loop)
        {
            _owner = owner;
            _loop = loop;
            _byName = _methods.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        public long Attempts => Volatile.Read(ref _attempts);

        /// <summary>Replaced whole when one is added, so that others may read it.</summary>
        public MethodStatistics[] Methods => _all;

        public long Outcomes(OutcomeReason reason) => Volatile.Read(ref _outcomes[(int)reason]);

        public void CountOutcome(OutcomeReason reason) => Volatile.Write(ref _outcomes[(int)reason], _outcomes[(int)reason] + 1);

        /// <summary>Of the loop's alone.</summary>
        public (long Requests, long Answers) Messages { get; private set; }

        public void CountMessages(long requests, long answers) => Messages = (Messages.Requests + requests, Messages.Answers + answers);

        public void CountAttempt() => Volatile.Write(ref _attempts, _attempts + 1);

        public MethodStatistics For(string service, ReadOnlySpan<byte> name, bool isKnown, long now)
        {
            var method = Find(service, name, isKnown);
            method.LastCalled = now;
            return method;
        }

        public void ForgetIdle(long now)
        {
            var before = _methods.Count;
            foreach (var (name, method) in _methods)
            {
                if (IsIdle(method, now))
                {
                    _methods.Remove(name); // while it is gone through, which removing does not disturb
                }
            }

            var forgetsOther = _other is not null && IsIdle(_other, now);
            _other = forgetsOther ? null : _other;
            if (forgetsOther || _methods.Count < before)
            {
                _all = [.. _methods.Values, .. _other is null ? Array.Empty<MethodStatistics>() : [_other]];
            }
        }

        private static bool IsIdle(MethodStatistics method, long now) => now - method.LastCalled > IdleTime.Ticks;

        private MethodStatistics Find(string service, ReadOnlySpan<byte> name, bool isKnown)
        {
            if (_byName.TryGetValue(name, out var found))
            {
                return found;
            }

            if (!isKnown || name.Length > LongestMethod || _methods.Count == MostMethods)
            {
                return _other ??= Add(new MethodStatistics(service, Other, _owner, _loop));
            }

            var method = new MethodStatistics(service, Encoding.UTF8.GetString(name.TrimStart((byte)'/')), _owner, _loop);
            _methods.Add(name.ToArray(), method);
            return Add(method);
        }

        private MethodStatistics Add(MethodStatistics method)
        {
            _all = [.. _all, method];
            return method;
        }
    }
}
