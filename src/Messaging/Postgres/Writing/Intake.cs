using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>How much waits to be written, all lanes together: beyond the limit it is refused. Any thread.</summary>
internal sealed class Intake(string where, long maxBytes)
{
    private const int MostWaiting = 100_000;

    // A request beside its content.
    private const long RequestBytes = 256;

    private readonly object _gate = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _bytes;
    private int _count;
    private bool _isClosing;

    /// <returns>Null if it may wait: who has entered leaves.</returns>
    public Refusal? Enter(long bytes)
    {
        lock (_gate)
        {
            if (_isClosing)
            {
                return Refusals.Closing(where);
            }

            if (_bytes + bytes + RequestBytes > maxBytes || _count >= MostWaiting)
            {
                return Refusals.TooMuchWaits(where, _count, _bytes, MostWaiting, maxBytes);
            }

            _bytes += bytes + RequestBytes;
            _count++;
            return null;
        }
    }

    public void Leave(long bytes)
    {
        lock (_gate)
        {
            _bytes -= bytes + RequestBytes;
            _count--;
            CheckEmpty();
        }
    }

    /// <summary>Nothing enters any more.</summary>
    /// <returns>Completes when all have left.</returns>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _isClosing = true;
            CheckEmpty();
            return _empty.Task;
        }
    }

    private void CheckEmpty()
    {
        if (_isClosing && _count == 0)
        {
            _empty.TrySetResult();
        }
    }
}
