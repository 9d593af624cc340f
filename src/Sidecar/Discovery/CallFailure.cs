using Grpc.Core;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Upstream;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Why a call to a control plane failed, in words for whoever wrote the address: what a library says of it is about the
/// library.
/// </summary>
internal static class CallFailure
{
    /// <summary>What is no control plane of a mesh.</summary>
    /// <param name="where">"at ADDRESS", or "there".</param>
    /// <param name="why">How one can tell.</param>
    public static string Foreign(string where, string why) => $"what answers {where} is no mesh control plane ({why})";

    /// <param name="failure">Of the call.</param>
    /// <param name="where">"at ADDRESS", or "there".</param>
    public static string Describe(RpcException failure, string where)
    {
        if (ConnectionFailure.Describe(failure.Status.DebugException) is { } words)
        {
            return ReferenceEquals(words, ConnectionFailure.NotHttp2) ? Foreign(where, words) : words;
        }

        var detail = failure.Status.Detail;
        return failure.StatusCode switch
        {
            // The library's words for an answer whose head is not gRPC's.
            _ when detail.StartsWith("Bad gRPC response", StringComparison.Ordinal) => Foreign(where, "it answers, and not in gRPC"),
            StatusCode.Unimplemented => Foreign(where, "it speaks gRPC, and does not serve this API of the mesh"),
            _ when detail.Contains("deserializ", StringComparison.OrdinalIgnoreCase) => Foreign(where, "what it says cannot be read"),
            StatusCode.Unavailable => ResourceFaults.Short(detail),
            var code => $"{code}: {ResourceFaults.Short(detail)}",
        };
    }
}
