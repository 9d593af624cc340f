using Mesh.Sidecar.Flow;

namespace Mesh.Sidecar.Upstream;

/// <summary>Attempts that wait for a connection, first come, first served; linked through themselves, so that one that gives up leaves at once.</summary>
internal sealed class WaitingList
{
    private Attempt? _last;

    public Attempt? First { get; private set; }

    public int Count { get; private set; }

    public void Add(Attempt attempt)
    {
        attempt.PreviousWaiting = _last;
        if (_last is null)
        {
            First = attempt;
        }
        else
        {
            _last.NextWaiting = attempt;
        }

        _last = attempt;
        attempt.IsWaiting = true;
        Count++;
    }

    public Attempt TakeFirst()
    {
        var first = First!;
        Remove(first);
        return first;
    }

    public void Remove(Attempt attempt)
    {
        if (!attempt.IsWaiting)
        {
            return;
        }

        if (attempt.PreviousWaiting is { } previous)
        {
            previous.NextWaiting = attempt.NextWaiting;
        }
        else
        {
            First = attempt.NextWaiting;
        }

        if (attempt.NextWaiting is { } next)
        {
            next.PreviousWaiting = attempt.PreviousWaiting;
        }
        else
        {
            _last = attempt.PreviousWaiting;
        }

        attempt.NextWaiting = attempt.PreviousWaiting = null;
        attempt.IsWaiting = false;
        Count--;
    }
}
