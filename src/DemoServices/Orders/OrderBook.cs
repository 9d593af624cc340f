using Mesh.Demo.V1;

namespace Mesh.DemoServices.Orders;

/// <summary>The orders placed here; the oldest make room for the newest. Thread safe.</summary>
internal sealed class OrderBook(TimeProvider time) : IDisposable
{
    /// <summary>Far more than are placed in the 300 ms that an order is of interest.</summary>
    private const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, OrderLife> _byId = [];
    private readonly Queue<string> _oldestFirst = new();
    private long _lastId;

    /// <summary>An id for an order that is about to be paid.</summary>
    public string NextId() => $"o-{Interlocked.Increment(ref _lastId)}";

    /// <summary>From here on the order can be watched, and its state advances.</summary>
    public void Add(Order order)
    {
        var life = new OrderLife(order.Id, time);
        order.State = life.State;
        lock (_lock)
        {
            if (_oldestFirst.Count == Capacity && _byId.Remove(_oldestFirst.Dequeue(), out var oldest))
            {
                oldest.Dispose();
            }

            _byId.Add(order.Id, life);
            _oldestFirst.Enqueue(order.Id);
        }
    }

    public OrderLife? Find(string id)
    {
        lock (_lock)
        {
            return _byId.GetValueOrDefault(id);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var life in _byId.Values)
            {
                life.Dispose();
            }
        }
    }
}
