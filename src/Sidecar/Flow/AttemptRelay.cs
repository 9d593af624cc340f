using Mesh.Policy.Outcomes;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>What becomes of what an attempt brings back. One for each loop and flow; keeps nothing of a call.</summary>
internal abstract class AttemptRelay
{
    /// <summary>1xx.</summary>
    public abstract void OnInterim(Attempt attempt, HeaderList headers);

    /// <summary>The answer begins.</summary>
    public abstract void OnHeaders(Attempt attempt, HeaderList headers, bool endStream);

    public abstract void OnData(Attempt attempt, ReadOnlySpan<byte> data, bool endStream);

    public abstract void OnTrailers(Attempt attempt, HeaderList trailers);

    /// <summary>The time is up for which the answer's head was held back.</summary>
    public abstract void OnHeldLongEnough(Attempt attempt);

    /// <summary>It has ended without an answer, or is not wanted any more.</summary>
    public abstract void OnEnded(Attempt attempt, in Outcome outcome);
}
