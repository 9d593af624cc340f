namespace Mesh.Policy.Streams;

/// <summary>
/// When a stream that lasts is ended so that its caller opens another, which goes where there is room by then. The time comes by chance, so
/// that streams which began together do not end together; then a moment is waited for at which neither side loses a message by it.
/// </summary>
public static class StreamAge
{
    /// <summary>Within this part of the age, from here on, each stream gets a time of its own: wide enough to spread, and never above the age.</summary>
    private const double Earliest = 0.75;

    private const double Spread = 0.20;

    /// <summary>
    /// How old the last message each way has to be, where no answer tells that the server has read what it was sent: it is with the server long before,
    /// and a stream that is ended while the server still reads takes what it has not read with it. An answer that ends of itself ends sooner.
    /// </summary>
    private static readonly long Quiet = TimeSpan.FromMilliseconds(100).Ticks;

    /// <summary>When the moment is looked for from: after 75 % to 95 % of the age.</summary>
    /// <param name="started">When the stream began, in ticks.</param>
    /// <param name="maxAge">The age, in ticks.</param>
    /// <param name="random">Decides.</param>
    public static long LooksFrom(long started, long maxAge, ref Rng random) =>
        started + (long)(maxAge * (Earliest + (Spread * random.NextDouble())));

    /// <summary>How long until the next look, where no message brings one about: a two-hundredth of the age, 50 ms to 1 s.</summary>
    public static long Pause(long maxAge) => Math.Clamp(maxAge / 200, 50 * TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond);

    /// <summary>Whether this is the moment. A message of the answer is never cut in two, and no single answer from its end, however old the call.</summary>
    /// <param name="stream">How it stands.</param>
    /// <param name="now">The time, in ticks.</param>
    /// <param name="lookedFrom">Since when it is looked for, in ticks.</param>
    /// <param name="endAt">When the age is over and nothing else is waited for, in ticks.</param>
    public static bool IsMoment(in StreamStanding stream, long now, long lookedFrom, long endAt)
    {
        var isAnswerQuiet = now - stream.LastAnswerAt >= Quiet;
        if (!stream.IsStream || !stream.IsAnswerBetweenMessages || (stream.Answers < 2 && !isAnswerQuiet))
        {
            return false;
        }

        if (now >= endAt)
        {
            return true;
        }

        if (stream.IsHeld || !stream.IsRequestBetweenMessages)
        {
            return false;
        }

        // Behind an answer to all that was asked its caller cannot have said more in knowledge of it; and where the caller has said all, whoever gets
        // the answer knows how far it has come.
        if (stream.IsAnswerJustCome)
        {
            return stream.IsRequestEnded || stream.Answers >= stream.Requests;
        }

        // Something may be on its way that cannot be seen here: the better moment is waited for first.
        return isAnswerQuiet
            && (stream.IsRequestEnded || (now - stream.LastRequestAt >= Quiet && now >= lookedFrom + ((endAt - lookedFrom) / 2)));
    }
}
