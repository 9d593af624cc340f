using System.Globalization;
using System.Text;
using Grpc.Core;

namespace Mesh.ControlPlane.Api;

/// <summary>How calls end that do not end well: every status of ours is made here, so that its text is one a client can take.</summary>
internal static class Faults
{
    // "and 4294967295 more" with its line's end.
    private const int RoomForMore = 24;

    /// <summary>INVALID_ARGUMENT with a line per fault, as many as fit.</summary>
    public static RpcException Invalid(IReadOnlyList<string> faults)
    {
        var text = new StringBuilder();
        var encoded = 0;
        for (var i = 0; i < faults.Count; i++)
        {
            var line = (i == 0 ? "" : "\n") + faults[i];
            encoded += StatusText.EncodedLength(line);
            if (encoded > StatusText.MaxEncoded - RoomForMore && i != 0)
            {
                text.Append(CultureInfo.InvariantCulture, $"\nand {faults.Count - i} more");
                break;
            }

            text.Append(line);
        }

        return Invalid(text.ToString());
    }

    /// <summary>INVALID_ARGUMENT.</summary>
    public static RpcException Invalid(string fault) => Of(StatusCode.InvalidArgument, fault);

    /// <summary>INTERNAL: what came is not what the method takes.</summary>
    public static RpcException Unreadable(string what) => Of(StatusCode.Internal, what);

    /// <summary>NOT_FOUND.</summary>
    public static RpcException NotFound(string what) => Of(StatusCode.NotFound, what);

    /// <summary>RESOURCE_EXHAUSTED.</summary>
    public static RpcException Exhausted(string what) => Of(StatusCode.ResourceExhausted, what);

    /// <summary>Any.</summary>
    public static RpcException Of(StatusCode code, string what) => new(new Status(code, StatusText.Fit(what)));
}
