using Mesh.Sidecar.Terms;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// What REFUSED_STREAM is over HTTP/2: over HTTP/1.1 an inbound sidecar says with a header that its app has provably not seen the
/// request (x-mesh-not-processed), so that the caller's sidecar may send it elsewhere whatever its method. Only a sidecar says so: from
/// an app's answer it is taken out on both sides, as apps pass on what others have written.
/// </summary>
internal static class NotProcessed
{
    private static ReadOnlySpan<byte> Field => "x-mesh-not-processed"u8;

    public static void Say(HeaderList answer) => answer.Add(Field, "1"u8);

    /// <summary>Whether an answer says so, which it does with 503 alone; it is taken out in any case.</summary>
    /// <param name="answer">Its head.</param>
    /// <param name="direction">Inbound it is that of the app beside us, who has no say in this.</param>
    public static bool Remove(HeaderList answer, Direction direction)
    {
        var index = answer.IndexOf(Field);
        if (index < 0)
        {
            return false;
        }

        var isSaid = answer.ValueAt(0).SequenceEqual("503"u8) && answer.ValueAt(index).SequenceEqual("1"u8);
        for (; index >= 0; index = answer.IndexOf(Field))
        {
            answer.RemoveAt(index);
        }

        return isSaid && direction == Direction.Outbound;
    }
}
