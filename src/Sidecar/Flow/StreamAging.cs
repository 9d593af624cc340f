using Mesh.Policy.Streams;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// Ends streams that have become old: looks from a time of the stream's own on, then whenever a message of the answer has gone on, and once in a
/// while. Part of a <see cref="RequestFlow"/>.
/// </summary>
internal sealed class StreamAging(RequestFlow flow, Worker worker)
{
    /// <summary>Its route limits how long it lasts.</summary>
    public void Begin(Exchange exchange)
    {
        if (!exchange.Age.IsScheduled)
        {
            var from = StreamAge.LooksFrom(exchange.Head.Started, exchange.Route.Rule!.MaxStreamAge, ref worker.Random);
            worker.Loop.Timers.Schedule(exchange.Age, from);
        }
    }

    /// <summary>The timer's time has come.</summary>
    public void OnDue(Exchange exchange)
    {
        exchange.Stream.LookedFrom = exchange.Stream.IsAging ? exchange.Stream.LookedFrom : worker.Loop.Now;
        if (!TryEnd(exchange, isAnswerJustCome: false))
        {
            worker.Loop.Timers.Schedule(exchange.Age, worker.Loop.Now + StreamAge.Pause(exchange.Route.Rule!.MaxStreamAge));
        }
    }

    /// <summary>A part of the answer of one that <see cref="Stages.CallStream.IsAging"/> has gone on.</summary>
    /// <returns>Whether the stream has ended with it.</returns>
    public bool OnAnswer(Exchange exchange) => TryEnd(exchange, isAnswerJustCome: true);

    private bool TryEnd(Exchange exchange, bool isAnswerJustCome)
    {
        var now = worker.Loop.Now;
        var isMoment = StreamAge.IsMoment(
            StandingOf(exchange, isAnswerJustCome), now, exchange.Stream.LookedFrom, exchange.Head.Started + exchange.Route.Rule!.MaxStreamAge);
        if (isMoment)
        {
            flow.OnTooOld(exchange);
        }

        return isMoment;
    }

    private static StreamStanding StandingOf(Exchange exchange, bool isAnswerJustCome)
    {
        ref var stream = ref exchange.Stream;
        return new StreamStanding
        {
            IsStream = exchange.Response.IsCommitted || !exchange.Body.Ended,
            IsAnswerBetweenMessages = stream.Answers.IsBetweenMessages,
            IsRequestBetweenMessages = stream.Requests.IsBetweenMessages,
            IsRequestEnded = exchange.Body.Ended,
            IsHeld = exchange.Body.IsHolding || exchange.Downstream!.PendingBytes > 0,
            IsAnswerJustCome = isAnswerJustCome,
            Requests = stream.Requests.Messages,
            Answers = stream.Answers.Messages,
            LastRequestAt = stream.Requests.LastAt,
            LastAnswerAt = stream.Answers.LastAt,
        };
    }
}
