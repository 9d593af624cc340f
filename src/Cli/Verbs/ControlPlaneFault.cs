using System.Net.Sockets;
using Grpc.Core;

namespace Mesh.Cli.Verbs;

/// <summary>Says in a sentence why a call on the control plane came to nothing.</summary>
internal static class ControlPlaneFault
{
    private const int LongestDetail = 500;

    public static CliException Of(RpcException error, Uri address)
    {
        var at = address.GetLeftPart(UriPartial.Authority);
        return new CliException(error switch
        {
            { Status.DebugException: HttpRequestException { HttpRequestError: var how } http } => IsUnreachable(how)
                ? $"no control plane answers at {at} (--control-plane URL names another): {Detail(http.Message)}"
                : $"what answers at {at} is no control plane (--control-plane URL names another): {Detail(http.Message)}",
            // The channel's own connections end in these.
            { Status.DebugException: SocketException refused } => $"no control plane answers at {at} (--control-plane URL names another): {Detail(refused.Message)}",
            { Status.DebugException: IOException broken } => $"the control plane at {at} broke off: {Detail(broken.Message)}",
            { StatusCode: StatusCode.Unimplemented } =>
                $"what answers at {at} is no control plane, or one of another version (--control-plane URL names another): {Detail(error.Status.Detail)}",
            // What the client itself finds in an answer that is not gRPC's.
            { Status.Detail: var detail } when detail.StartsWith("Bad gRPC response", StringComparison.Ordinal) =>
                $"what answers at {at} is no control plane (--control-plane URL names another): {Detail(detail)}",
            _ => $"the control plane at {at} says {error.StatusCode}: {Detail(error.Status.Detail)}",
        });
    }

    public static CliException Silent(Uri address, TimeSpan limit) => new(
        $"no answer from the control plane at {address.GetLeftPart(UriPartial.Authority)} within {DurationText.Format(limit)} (--timeout sets another limit, --control-plane names another URL)");

    private static bool IsUnreachable(HttpRequestError how) =>
        how is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError;

    private static string Detail(string text) => PrintableText.Of(text, LongestDetail).TrimEnd('.');
}
