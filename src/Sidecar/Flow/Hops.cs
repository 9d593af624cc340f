using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow;

/// <summary>
/// The header that ends a circle: how many sidecars a request has passed (x-mesh-hops, a number). Each one adds itself, the
/// inbound side too, since an app's address may be a sidecar's by mistake. It need not be trusted: whatever a caller writes
/// in it, every sidecar of the circle adds one.
/// </summary>
internal static class Hops
{
    /// <summary>A call passes two sidecars, its caller's and its callee's; a gateway or two add as many. What passes more goes round.</summary>
    public const int Most = 10;

    /// <summary>Counts us in; false if there have been too many before us.</summary>
    public static bool TryPass(HeaderList request)
    {
        var index = request.IndexOf(KnownHeader.XMeshHops);
        if (index < 0)
        {
            request.Add(KnownHeader.XMeshHops, Digits(1));
            return true;
        }

        var passed = Read(request.ValueAt(index));
        if (passed >= Most)
        {
            return false;
        }

        request.SetValue(index, Digits(passed + 1));
        return true;
    }

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
