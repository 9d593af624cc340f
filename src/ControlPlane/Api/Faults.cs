using System.Text;
using Grpc.Core;

namespace Mesh.ControlPlane.Api;

/// <summary>Bad requests, as statuses.</summary>
internal static class Faults
{
    // A status message is a trailer, and clients bound those: the C core's at 8 KiB, percent-encoded.
    private const int MaxLength = 6000;

    /// <summary>INVALID_ARGUMENT with a line per fault, as many as fit.</summary>
    public static RpcException Invalid(IReadOnlyList<string> faults)
    {
        var text = new StringBuilder();
        for (var i = 0; i < faults.Count; i++)
        {
            if (text.Length + faults[i].Length > MaxLength && i != 0)
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\nand {faults.Count - i} more");
                break;
            }
            if (i != 0)
                text.Append('\n');
            text.Append(faults[i].Length > MaxLength ? faults[i][..MaxLength] : faults[i]);
        }
        return Invalid(text.ToString());
    }

    /// <summary>INVALID_ARGUMENT.</summary>
    public static RpcException Invalid(string fault) => new(new Status(StatusCode.InvalidArgument, fault));

    /// <summary>NOT_FOUND.</summary>
    public static RpcException NotFound(string what) => new(new Status(StatusCode.NotFound, what));

    /// <summary>RESOURCE_EXHAUSTED.</summary>
    public static RpcException Exhausted(string what) => new(new Status(StatusCode.ResourceExhausted, what));
}
