using System.Net.Sockets;
using Grpc.Core;

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
        if (failure.Status.DebugException is { } cause && OfConnection(cause, where) is { } words)
        {
            return words;
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

    /// <summary>Whether nothing has come on the connection, not even the answer to a PING.</summary>
    public static bool IsSilence(RpcException failure)
    {
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (IsSilence(cause))
            {
                return true;
            }
        }

        return false;
    }

    // The library says it as an error of the protocol like others, apart from the text (or its key, where texts are left out).
    private static bool IsSilence(Exception cause) =>
        cause is HttpProtocolException && cause.Message.Contains("ping", StringComparison.OrdinalIgnoreCase);

    private static string? OfConnection(Exception cause, string where)
    {
        HttpRequestError? error = null;
        for (var inner = cause; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException socket:
                    return OfSocket(socket);
                case TimeoutException or TaskCanceledException:
                    return "no connection in time";
                case HttpProtocolException when IsSilence(inner):
                    return "nothing comes on the connection any more";
                case HttpProtocolException { ErrorCode: var code }:
                    // What is no HTTP/2, or says that it takes none (RFC 9113 section 7); other codes end what was.
                    error = code is 0x1 or 0x4 or 0x6 or 0x9 or 0xd ? HttpRequestError.InvalidResponse : HttpRequestError.HttpProtocolError;
                    break;
                case HttpIOException io:
                    error = io.HttpRequestError;
                    break;
                case HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } request:
                    error ??= request.HttpRequestError;
                    break;
            }
        }

        return error switch
        {
            HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError => Foreign(where, "it does not speak HTTP/2"),
            HttpRequestError.HttpProtocolError => "it has broken the connection off",
            HttpRequestError.ResponseEnded => "it has closed the connection",
            HttpRequestError.NameResolutionError => "no such host",
            _ => null,
        };
    }

    private static string OfSocket(SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset",
        SocketError.TimedOut => "no connection in time",
        SocketError.HostNotFound or SocketError.NoData => "no such host",
        SocketError.TryAgain => "its name cannot be looked up at present",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable => "no route to the host",
        SocketError.TooManyOpenSockets => "no file descriptor is free",
        _ => failure.Message,
    };
}
