namespace Mesh.Sidecar.Snapshot;

/// <summary>
/// Whether a service is still called. Those who look it up mark it, from any thread and at the cost of reading a word; once in a
/// while somebody takes the mark away.
/// </summary>
/// <param name="name">Of the service.</param>
/// <param name="isDeclared">It is known to be called, whether or not it is at present.</param>
/// <param name="now">A time stamp.</param>
internal sealed class ServiceUse(string name, bool isDeclared, long now)
{
    private volatile bool _isCalled;
    private long _lastCalled = now;

    public string Name => name;

    public bool IsDeclared => isDeclared;

    /// <summary>It is called.</summary>
    public void OnCalled()
    {
        // Reading alone leaves the word in every core's cache.
        if (!_isCalled)
        {
            _isCalled = true;
        }
    }

    /// <summary>When it was last called, as exactly as this is asked for. By one at a time.</summary>
    /// <param name="now">A time stamp.</param>
    public long LastCalled(long now)
    {
        if (_isCalled)
        {
            _isCalled = false;
            _lastCalled = now;
        }

        return _lastCalled;
    }
}
