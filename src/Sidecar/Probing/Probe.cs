using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Sidecar.Probing;

/// <summary>Asks once, with blocking sockets. Stateless.</summary>
internal static class Probe
{
    /// <summary>Of an HTTP answer; the reason stands at its beginning.</summary>
    private const int MostRead = 4096;

    /// <returns>Why it is not well, in a line; null if it is.</returns>
    public static string? Ask(Uri url, TimeSpan limit)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SendTimeout = socket.ReceiveTimeout = (int)limit.TotalMilliseconds;
        try
        {
            socket.Connect(url.DnsSafeHost, url.Port);
            return url.Scheme switch
            {
                "http" => AskHttp(socket, url),
                "grpc" => GrpcHealthQuestion.Ask(socket, url),
                _ => null,
            };
        }
        catch (SocketException failure) when (failure.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return NoAnswer(limit); // where the socket's clock was the faster one
        }
        catch (SocketException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>What is said of one that is there and silent.</summary>
    public static string NoAnswer(TimeSpan limit) => $"no answer within {DurationText.Format(limit)}";

    private static string? AskHttp(Socket socket, Uri url)
    {
        // By 1.0 no body comes in chunks, and the connection ends with it.
        socket.Send(Encoding.ASCII.GetBytes($"GET {url.PathAndQuery} HTTP/1.0\r\nHost: {url.Authority}\r\nUser-Agent: mesh-sidecar-probe\r\n\r\n"));
        var answer = new byte[MostRead];
        var length = 0;
        while (length < answer.Length && socket.Receive(answer.AsSpan(length)) is > 0 and var count)
        {
            length += count;
            if (StatusOf(answer.AsSpan(0, length)) is >= 200 and < 300)
            {
                return null; // whatever it goes on to say
            }
        }

        var text = Encoding.UTF8.GetString(answer, 0, length);
        if (StatusOf(answer.AsSpan(0, length)) is not { } status)
        {
            return length == 0 ? "it closes the connection without an answer" : "it does not answer in HTTP/1.1";
        }

        var body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var at and > 0 ? text[(at + 4)..].Trim() : "";
        var why = body.Split('\n')[0].Trim();
        return string.Create(CultureInfo.InvariantCulture, $"it answers {status}{(why.Length > 0 ? ": " : "")}{why}");
    }

    /// <summary>"HTTP/1.1 200 OK"; null if it is not there, or something else.</summary>
    private static int? StatusOf(ReadOnlySpan<byte> answer) =>
        answer.Length >= 12 && answer.StartsWith("HTTP/1."u8) && answer[8] == ' '
        && int.TryParse(answer[9..12], NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : null;
}
