using Mesh.Policy.Breaking;
using Mesh.Policy.Deadlines;
using Mesh.Policy.Outcomes;

namespace Mesh.Policy.Balancing;

/// <summary>
/// An endpoint that was picked, and what it is owed for that: it takes a place there, and <see cref="Complete"/> gives it back, once.
/// The attempt that it was picked for owns it.
/// </summary>
public struct Pick
{
    private readonly EndpointState? _endpoint;
    private readonly BalancingOptions? _options;
    private long _started;
    private int _probe;
    private bool _isOpen;

    internal Pick(EndpointState endpoint, int index, int probe, BalancingOptions options)
    {
        _endpoint = endpoint;
        _probe = probe;
        _options = options;
        Index = index;
    }

    /// <summary>Into <see cref="EndpointSet.Endpoints"/>.</summary>
    public int Index { get; }

    /// <summary>The number of the probe of the endpoint's breaker that the attempt is; 0 if it is none, or has been settled.</summary>
    public readonly int Probe => _probe;

    /// <summary>When the attempt began, in ticks.</summary>
    public readonly long Started => _started;

    /// <summary>The attempt begins: it counts among those that the endpoint has.</summary>
    /// <param name="now">The time, in ticks.</param>
    public void Begin(long now)
    {
        _started = now;
        _isOpen = true;
        _endpoint!.Load.Started();
    }

    /// <summary>
    /// The head of an answer is there, which settles a breaker's probe: a stream that lasts for hours must not keep the breaker half
    /// open as long.
    /// </summary>
    /// <param name="outcome">What the head says.</param>
    /// <param name="isCallersTimeUp">The deadline that its caller chose has passed.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="random">For the breaker's jitter.</param>
    public void OnAnswered(in Outcome outcome, bool isCallersTimeUp, long now, ref Rng random)
    {
        if (_probe == 0 || outcome.IsLocalReply)
        {
            return;
        }

        var breaker = _endpoint!.Breaker;
        if (!EndpointFault.IsOne(outcome, breaker.Options))
        {
            breaker.OnSuccess(now, _probe, _started);
            _probe = 0;
        }
        else if (!(isCallersTimeUp && CallersDeadline.Explains(outcome)))
        {
            breaker.OnFailure(now, _probe, ref random, _started, outcome);
            _probe = 0;
        }
    }

    /// <summary>The attempt has ended: load, latency and breaker take what it says. The first call counts.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="random">For the breaker's jitter.</param>
    public void Complete(in AttemptEnd end, long now, ref Rng random)
    {
        if (_isOpen)
        {
            _isOpen = false;
            _endpoint!.OnAttemptEnded(end, now, _options!, ref random);
        }
    }
}
