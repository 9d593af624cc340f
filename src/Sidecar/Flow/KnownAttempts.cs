using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;
using Mesh.Sidecar.Flow.Heads;
using Mesh.Sidecar.Telemetry.Tracing;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What the sidecar's two sides tell each other of attempts, since the app between them passes nothing on but the trace: the outbound
/// side learns which calls are made for one that is itself a retry, and the inbound side which calls were tried often enough further on,
/// which it says to its caller's sidecar. Asked of calls that fail, or are retries, alone. Part of a <see cref="RequestFlow"/>.
/// </summary>
internal sealed class KnownAttempts(Worker worker, Direction direction)
{
    private CallMarks Marks => worker.Marks;

    private long Now => worker.Loop.Now;

    /// <summary>The call is another attempt of its caller's.</summary>
    public void OnRepeat(Exchange exchange)
    {
        if (direction == Direction.Inbound && TryNumber(exchange, out var call))
        {
            Marks.Set(call, CallMark.IsRepeat, Now);
        }
    }

    /// <summary>Such a call is over.</summary>
    public void OnRepeatEnded(Exchange exchange)
    {
        if (direction == Direction.Inbound && TryNumber(exchange, out var call))
        {
            Marks.Take(call, CallMark.IsRepeat, Now);
        }
    }

    /// <summary>Whether the call, or the one that the app makes it for, is another attempt of somebody's before us.</summary>
    public bool IsRepeat(Exchange exchange) =>
        exchange.Head.CallerAttempts > 0
        || (direction == Direction.Outbound && TryNumber(exchange, out var call) && Marks.Has(call, CallMark.IsRepeat, Now));

    /// <summary>It has failed, and no other attempt is made.</summary>
    /// <param name="exchange">The call.</param>
    /// <param name="why">There is none.</param>
    public void OnGivenUp(Exchange exchange, NoRetryReason why)
    {
        if (direction == Direction.Outbound && why is NoRetryReason.AttemptsExhausted or NoRetryReason.BudgetExhausted or NoRetryReason.PushedBack)
        {
            MarkTriedEnough(exchange);
        }
    }

    /// <summary>An answer that is a failure goes on to the caller: outbound it may say that it is not to be tried again, inbound it is told to.</summary>
    /// <param name="exchange">The call.</param>
    /// <param name="outcome">Of its answer.</param>
    /// <param name="end">The answer's head or trailers.</param>
    public void OnAnswer(Exchange exchange, in Outcome outcome, HeaderList end)
    {
        if (outcome.Class != OutcomeClass.Failure)
        {
            return;
        }

        if (direction == Direction.Outbound)
        {
            if (ResponseHead.Pushback(end) < 0)
            {
                MarkTriedEnough(exchange);
            }
        }
        else if ((TryNumber(exchange, out var call) && Marks.Take(call, CallMark.IsTriedEnough, Now)) || Marks.HasUnnamedSince(exchange.Head.Started))
        {
            ResponseHead.SayNoRetry(end, exchange.IsGrpc);
        }
    }

    private void MarkTriedEnough(Exchange exchange)
    {
        if (TryNumber(exchange, out var call))
        {
            Marks.Set(call, CallMark.IsTriedEnough, Now);
        }
        else
        {
            Marks.OnUnnamedTried(Now);
        }
    }

    /// <summary>By which both sides know a call: a trace's ids, of which apps pass on both halves or none.</summary>
    private bool TryNumber(Exchange exchange, out ulong number)
    {
        // A trace that begins here is known to nobody else.
        if ((direction == Direction.Outbound && exchange.Head.BeginsTrace) || !JoinedTrace.TryReadIds(exchange.Request, out var high, out var low))
        {
            number = 0;
            return false;
        }

        // Some give only one half that is random.
        number = ((high * 0x9E3779B97F4A7C15) ^ low) * 0xD6E8FEB86659FD93;
        number ^= number >> 32;
        return true;
    }
}
