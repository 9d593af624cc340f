
namespace Mesh.ControlPlane.Broker;

/// <summary>What a consumer can still take. One grants, one spends; any threads.</summary>
internal sealed class CreditAccount
{
    // More than any consumer works on; so that sums do not run over.
    private const long Most = 1L << 40;

    private readonly Lock _lock = new();
    private readonly bool _isBoundByBytes;
    private TaskCompletionSource? _waiting;
    private long _messages;
    private long _bytes;
    private bool _isClosed;

    public CreditAccount(V1.Credit? first)
    {
        _isBoundByBytes = first is { Bytes: > 0 };
        Grant(first ?? new V1.Credit());
    }

    /// <summary>Messages that may be sent now.</summary>
    public long Messages
    {
        get
        {
            lock (_lock)
            {
                return _messages;
            }
        }
    }

    /// <summary>Bytes that may be sent now.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _isBoundByBytes ? _bytes : long.MaxValue;
            }
        }
    }

    public void Grant(V1.Credit credit)
    {
        lock (_lock)
        {
            _messages = Math.Min(Most, _messages + credit.Messages);
            _bytes = Math.Min(Most, _bytes + (long)Math.Min(credit.Bytes, Most));
            Wake();
        }
    }

    public void Spend(long bytes)
    {
        lock (_lock)
        {
            _messages--;
            _bytes -= bytes;
        }
    }

    /// <summary>No more will be granted.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Wake();
        }
    }

    /// <returns>False if all is spent, and no more will be granted.</returns>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task granted;
            lock (_lock)
            {
                if (HasAny)
                {
                    return true;
                }

                if (_isClosed)
                {
                    return false;
                }

                granted = (_waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await granted.WaitAsync(cancellation);
        }
    }

    private bool HasAny => _messages > 0 && (!_isBoundByBytes || _bytes > 0);

    private void Wake()
    {
        if (HasAny || _isClosed)
        {
            _waiting?.SetResult();
            _waiting = null;
        }
    }
}
