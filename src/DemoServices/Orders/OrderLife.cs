using Google.Protobuf.WellKnownTypes;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Orders;

/// <summary>
/// The states one order goes through, for any number of watchers. Thread safe: a timer advances it, watchers read it.
/// </summary>
internal sealed class OrderLife : IDisposable
{
    /// <summary>From PLACED to DELIVERED in 300 ms: long enough to watch, short enough for a demo.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly string _orderId;
    private readonly List<OrderEvent> _events = [];
    private readonly ITimer _timer;
    private TaskCompletionSource _changed = NewSignal();

    public OrderLife(string orderId, TimeProvider time)
    {
        _time = time;
        _orderId = orderId;
        Enter(OrderState.Placed);
        _timer = time.CreateTimer(_ => Advance(), null, Step, Step);
    }

    public OrderState State
    {
        get
        {
            lock (_lock)
            {
                return _events[^1].State;
            }
        }
    }

    /// <summary>The event at a position, counted from 0; waits for it if it has not come yet. Null after the last.</summary>
    public async ValueTask<OrderEvent?> EventAsync(int position, CancellationToken cancellation)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (position < _events.Count)
                {
                    return _events[position];
                }

                if (_events[^1].State == OrderState.Delivered)
                {
                    return null;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellation);
        }
    }

    public void Dispose() => _timer.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Advance()
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            var last = _events[^1].State;
            if (last == OrderState.Delivered)
            {
                return;
            }

            Enter(last + 1);
            signal = _changed;
            _changed = NewSignal();
            if (last + 1 == OrderState.Delivered)
            {
                _timer.Dispose();
            }
        }

        signal.SetResult();
    }

    private void Enter(OrderState state) =>
        _events.Add(new OrderEvent { OrderId = _orderId, State = state, Time = _time.GetUtcNow().ToTimestamp() });
}
