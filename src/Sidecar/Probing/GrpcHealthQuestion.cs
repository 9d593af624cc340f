using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace Mesh.Sidecar.Probing;

/// <summary>
/// One call of grpc.health.v1.Health/Check, written by hand: the engine's connections live on event loops, which would take
/// longer to start than the call to be made.
/// </summary>
internal static class GrpcHealthQuestion
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte RstStream = 3;
    private const byte Settings = 4;
    private const byte GoAway = 7;
    private const byte EndHeaders = 4;
    private const byte EndStream = 1;
    private const byte Padded = 8;

    /// <summary>What is longer is no answer to this question.</summary>
    private const int MaxFrame = 16 * 1024;

    private const int FrameHead = 9;
    private const int MessageHead = 5;
    private const int Serving = 1;

    /// <summary>Lengths below it are one byte in HPACK and in protobuf alike.</summary>
    private const int MaxText = 126;

    private static readonly string[] Statuses = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

    /// <returns>Why it is not well; null if it is.</returns>
    public static string? Ask(Socket socket, Uri url)
    {
        if (url.AbsolutePath.Length > MaxText)
        {
            return $"the service's name is longer than {MaxText} characters";
        }

        socket.Send(Question(url));
        var head = new byte[FrameHead];
        while (Fill(socket, head))
        {
            var length = (head[0] << 16) | (head[1] << 8) | head[2];
            if (length > MaxFrame || head[0] == 'H')
            {
                return "it does not speak HTTP/2";
            }

            var payload = new byte[length];
            if (!Fill(socket, payload))
            {
                break;
            }

            switch (head[3])
            {
                case Data:
                    return FaultOf((head[4] & Padded) != 0 && length > 0 ? payload.AsSpan(1) : payload);
                case Headers when (head[4] & EndStream) != 0:
                    return "it has no grpc.health.v1.Health, or does not know this service";
                case RstStream or GoAway:
                    return "it refuses the call";
            }
        }

        return "it closes the connection without an answer";
    }

    private static byte[] Question(Uri url)
    {
        var service = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')));
        // HealthCheckRequest { string service = 1 }
        byte[] request = service.Length == 0 ? [] : [0x0a, (byte)service.Length, .. service];
        byte[] message = [0, 0, 0, 0, (byte)request.Length, .. request];
        byte[] headers =
        [
            0x83, 0x86, // :method POST, :scheme http (RFC 7541 appendix A)
            .. Field(4, "/grpc.health.v1.Health/Check"), .. Field(1, url.Authority.Length <= MaxText ? url.Authority : "localhost"), .. Field(31, "application/grpc"),
            0x00, 2, .. "te"u8, 8, .. "trailers"u8,
        ];
        return
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, []),
            .. Frame(Headers, EndHeaders, 1, headers), .. Frame(Data, EndStream, 1, message),
        ];
    }

    /// <summary>Literal without indexing, its name from the static table; values here are shorter than 127 (RFC 7541 section 6.2.2).</summary>
    private static byte[] Field(int name, string value) =>
        name < 15 ? [(byte)name, (byte)value.Length, .. Encoding.ASCII.GetBytes(value)] : [15, (byte)(name - 15), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static byte[] Frame(byte type, byte flags, byte stream, byte[] payload)
    {
        var frame = new byte[FrameHead + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8 | type);
        (frame[4], frame[8]) = (flags, stream);
        payload.CopyTo(frame, FrameHead);
        return frame;
    }

    /// <summary>HealthCheckResponse { ServingStatus status = 1 }, whose default is UNKNOWN.</summary>
    private static string? FaultOf(ReadOnlySpan<byte> data)
    {
        var status = data.Length >= MessageHead + 2 && data[MessageHead] == 0x08 ? data[MessageHead + 1] : 0;
        return status == Serving ? null : $"it says {(status < Statuses.Length ? Statuses[status] : status)}";
    }

    private static bool Fill(Socket socket, byte[] buffer)
    {
        for (var length = 0; length < buffer.Length;)
        {
            var count = socket.Receive(buffer.AsSpan(length));
            if (count == 0)
            {
                return false;
            }

            length += count;
        }

        return true;
    }
}
