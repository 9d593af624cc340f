using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Terms;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// Marks the answers that an inbound sidecar makes itself, in place of its app (x-mesh-local-reply): the caller's sidecar does not
/// hold them against the instance, whose health the inbound one reports. Only a sidecar says so: from the failures of an app it is
/// taken out, since apps pass on what others have written; and no caller sees it.
/// </summary>
internal static class LocalReply
{
    private static ReadOnlySpan<byte> Field => "x-mesh-local-reply"u8;

    /// <summary>Of a stream that has lasted long enough: its caller's sidecar is not to take that for a failure.</summary>
    private static ReadOnlySpan<byte> Aged => "max-stream-age"u8;

    public static void Say(HeaderList end, OutcomeReason reason) => end.Add(Field, reason == OutcomeReason.MaxStreamAge ? Aged : "1"u8);

    public static bool IsSaid(HeaderList end) => end.IndexOf(Field) >= 0;

    /// <summary>What a failure means with what its head or trailers say of that; the mark is taken out.</summary>
    /// <param name="outcome">What they say otherwise.</param>
    /// <param name="end">The answer's head or trailers.</param>
    /// <param name="direction">Inbound they are the app's.</param>
    public static Outcome Read(in Outcome outcome, HeaderList end, Direction direction)
    {
        if (outcome.Class != OutcomeClass.Failure || !IsSaid(end))
        {
            return outcome;
        }

        var isAged = false;
        for (var index = end.IndexOf(Field); index >= 0; index = end.IndexOf(Field))
        {
            isAged |= end.ValueAt(index).SequenceEqual(Aged);
            end.RemoveAt(index);
        }

        if (isAged && direction == Direction.Outbound)
        {
            return Outcome.Failed(OutcomeReason.MaxStreamAge, OutcomeSource.Mesh) with { IsLocalReply = true };
        }

        return outcome with { IsLocalReply = direction == Direction.Outbound };
    }
}
