using Mesh.Policy.Outcomes;
using Mesh.Wire.Buffers;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// Attempts that wait for room at one endpoint, in turn. What keeps them from it is held against the endpoint once, however many
/// there are: a burst must not open the circuit at the first connection that fails. Part of <see cref="EndpointConnections"/>.
/// </summary>
internal sealed class WaitingAttempts
{
    private readonly LinkedQueue<ConnectionWaiter> _queue = new();

    public int Count => _queue.Count;

    public ConnectionWaiter? First => _queue.First;

    public void Add(ConnectionWaiter attempt) => _queue.Add(attempt);

    public void Remove(ConnectionWaiter attempt) => _queue.Remove(attempt);

    public ConnectionWaiter TakeFirst() => _queue.TakeFirst();

    /// <summary>Those that could be served elsewhere go there.</summary>
    /// <param name="which">Which they are.</param>
    /// <param name="reason">Why here they are not.</param>
    /// <param name="isBlamed">Whether it is the endpoint's fault.</param>
    public void SendElsewhere(Func<ConnectionWaiter, bool> which, OutcomeReason reason, bool isBlamed)
    {
        for (var i = _queue.Count; i > 0; i--)
        {
            var attempt = _queue.TakeFirst();
            if (which(attempt))
            {
                attempt.OnNoConnection(reason, isBlamed);
                isBlamed = false;
            }
            else
            {
                _queue.Add(attempt);
            }
        }
    }

    /// <summary>No connection can be had for the first of them.</summary>
    /// <param name="count">So many; none if it is negative.</param>
    /// <param name="isBlamed">Whether it is the endpoint's fault.</param>
    public void Fail(int count, bool isBlamed)
    {
        for (var i = count; i > 0 && _queue.Count > 0; i--)
        {
            _queue.TakeFirst().OnNoConnection(OutcomeReason.ConnectFailed, isBlamed);
            isBlamed = false;
        }
    }
}
