using Mesh.Policy.Hedging;
using Mesh.Sidecar.Flow.Heads;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What goes beside a call's first attempt, where its route asks for it: a copy whose answer is for nobody (<c>mirror</c>), and further attempts when
/// there is no answer after a time (<c>hedging</c>, gRFC A6). Part of an <see cref="AttemptFlow"/>.
/// </summary>
internal sealed class CompanionFlow(AttemptFlow attempts, Worker worker)
{
    /// <summary>The first attempt is under way.</summary>
    public void Begin(Exchange exchange)
    {
        var rule = exchange.Route.Rule!;
        if (rule.Mirror is { } mirror && mirror.IsHit(ref worker.Random))
        {
            attempts.TryShadow(exchange, mirror.Cluster!);
        }

        if (rule.Hedging is { } hedging && exchange.Head.CallerAttempts == 0 && IsSafe(exchange, hedging))
        {
            Schedule(exchange, hedging);
        }
    }

    /// <summary>The attempts under way have been waited for long enough.</summary>
    public void OnDue(Exchange exchange)
    {
        var rule = exchange.Route.Rule!;
        var hedging = rule.Hedging!;
        // Between two attempts the pause decides on the next one. Paid for once it is made: there may be nobody else to ask.
        if (!exchange.Attempts.IsUnderWay || exchange.Attempts.IsAnswered || !hedging.MayHedge(exchange.Attempts.Made)
            || rule.Budget.Available(worker.Loop.Now) < 1
            || !attempts.TryBeside(exchange))
        {
            return;
        }

        rule.Budget.TryTake(worker.Loop.Now);
        if (exchange.Attempts.IsUnderWay && hedging.MayHedge(exchange.Attempts.Made))
        {
            Schedule(exchange, hedging);
        }
    }

    private void Schedule(Exchange exchange, Hedging hedging) => worker.Loop.Timers.Schedule(exchange.Hedge, worker.Loop.Now + hedging.Delay);

    private static bool IsSafe(Exchange exchange, Hedging hedging) =>
        hedging.Options.Methods is { IsAll: false } methods && methods.Contains(exchange.Path)
        || (!exchange.IsGrpc && HttpMethods.IsSafe(exchange.Request));
}
