namespace Mesh.ControlPlane.Store;

/// <summary>
/// Hands events to one who watches, in order and one at a time, on the threads that bring them. <see cref="Add"/> is called
/// in the order of revisions; <see cref="Deliver"/> without any lock.
/// </summary>
internal sealed class StoreWatch(Action<StoreEvent> onEvent, Action<StoreWatch> onDispose) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<StoreEvent> _events = new();
    private bool _isDelivering;
    private bool _isOver;

    public void Add(StoreEvent what)
    {
        lock (_lock)
        {
            _events.Enqueue(what);
        }
    }

    /// <summary>Hands on what is there, unless somebody does already, who then hands this on too.</summary>
    public void Deliver()
    {
        lock (_lock)
        {
            if (_isDelivering)
            {
                return;
            }

            _isDelivering = true;
        }

        while (Next() is { } next)
        {
            onEvent(next);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        onDispose(this);
    }

    private StoreEvent? Next()
    {
        lock (_lock)
        {
            if (!_isOver && _events.TryDequeue(out var next))
            {
                return next;
            }

            _isDelivering = false;
            return null;
        }
    }
}
