using System.Net.Sockets;
using Grpc.Core;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// Why a connection of .NET's HTTP client does not carry, in words: what the library says of it, exception upon exception, is about
/// the library.
/// </summary>
internal static class ConnectionFailure
{
    /// <summary>Whoever is there is of another kind.</summary>
    public const string NotHttp2 = "it does not speak HTTP/2";

    /// <summary>Whether nothing has come on the connection, not even the answer to a PING.</summary>
    public static bool IsSilence(RpcException failure)
    {
        for (var cause = failure.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (IsSilenceItself(cause))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>Null if it is not about the connection.</returns>
    public static string? Describe(Exception? cause)
    {
        HttpRequestError? error = null;
        var isOfConnection = false;
        for (var inner = cause; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case SocketException socket:
                    return OfSocket(socket);
                case TimeoutException or TaskCanceledException:
                    return "no connection in time";
                case HttpProtocolException when IsSilenceItself(inner):
                    return "nothing comes on the connection any more";
                case HttpProtocolException { ErrorCode: var code }:
                    // What is no HTTP/2, or says that it takes none (RFC 9113 section 7); other codes end what was.
                    error = code is 0x1 or 0x4 or 0x6 or 0x9 or 0xd ? HttpRequestError.InvalidResponse : HttpRequestError.HttpProtocolError;
                    break;
                case HttpIOException io:
                    error = io.HttpRequestError;
                    break;
                case ObjectDisposedException or IOException:
                    error ??= HttpRequestError.ResponseEnded; // a socket that went while hands were being shaken
                    break;
                case HttpRequestException request:
                    isOfConnection = true;
                    error = error is null && request.HttpRequestError != HttpRequestError.Unknown ? request.HttpRequestError : error;
                    break;
            }
        }

        return error switch
        {
            HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError => NotHttp2,
            HttpRequestError.HttpProtocolError => "it has broken the connection off",
            HttpRequestError.ResponseEnded => "it has closed the connection",
            HttpRequestError.NameResolutionError => "no such host",
            _ => isOfConnection ? "the connection has failed" : null,
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

    // The library says it as an error of the protocol like others, apart from the text (or its key, where texts are left out).
    private static bool IsSilenceItself(Exception cause) =>
        cause is HttpProtocolException && cause.Message.Contains("ping", StringComparison.OrdinalIgnoreCase);
}
