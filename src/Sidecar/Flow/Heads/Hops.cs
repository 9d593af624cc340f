using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.Heads;

/// <summary>
/// The header that ends a circle: how many sidecars a request has passed (x-mesh-hops, a number). Each one adds itself, the
/// inbound side too, since an app's address may be a sidecar's by mistake. It need not be trusted: whatever a caller writes
/// in it, every sidecar of the circle adds one.
/// </summary>
internal static class Hops
{
    /// <summary>A call passes two sidecars, its caller's and its callee's; a gateway or two add as many. What passes more goes round.</summary>
    public const int Most = 10;

    /// <summary>How many the request has passed before us, as far as it matters.</summary>
    public static int Passed(HeaderList request) =>
        request.TryGet(KnownHeader.XMeshHops, out var value) ? Read(value) : 0;

    /// <summary>Says so to the next.</summary>
    /// <param name="head">Changed.</param>
    /// <param name="hops">With us, <see cref="Most"/> at most.</param>
    public static void Write(HeaderList head, int hops) => RequestHead.Set(head, KnownHeader.XMeshHops, Digits(hops));

    /// <summary>What is no number was written by no sidecar: the count begins.</summary>
    private static int Read(ReadOnlySpan<byte> value)
    {
        var number = 0;
        foreach (var digit in value)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return 0;
            }

            number = Math.Min((number * 10) + (digit - '0'), Most);
        }

        return number;
    }

    private static ReadOnlySpan<byte> Digits(int number) => number == Most ? "10"u8 : "0123456789"u8.Slice(number, 1);
}
