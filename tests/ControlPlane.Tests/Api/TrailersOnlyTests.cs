using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Mesh.ControlPlane.Tests.Executable;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>
/// How a status comes that is all there is of an answer: in HEADERS that end the stream. Where an empty DATA frame ends it, gRPC's
/// clients in C++, Python and Go take it that there was no status.
/// </summary>
public sealed class TrailersOnlyTests
{
    private const byte Data = 0, Headers = 1, Settings = 4;
    private const byte EndStream = 1, EndHeaders = 4;

    public static TheoryData<string, byte[]> Refused => new()
    {
        { "/mesh.v1.Registry/GetService", new GetServiceRequest { Name = "nobody" }.ToByteArray() },
        { "/mesh.v1.Registry/ListServices", new ListServicesRequest { PageToken = "none" }.ToByteArray() },
        { "/mesh.v1.Registry/ListInstances", new ListInstancesRequest { PageToken = "none" }.ToByteArray() },
        { "/mesh.v1.Registry/Deregister", new DeregisterRequest { Service = "nobody" }.ToByteArray() },
        { "/mesh.v1.Config/Apply", new ApplyRequest { Resources = { Make.Config("no name") } }.ToByteArray() },
        { "/mesh.v1.Config/Get", new GetConfigRequest { Service = "nobody" }.ToByteArray() },
        { "/mesh.v1.Config/List", new ListConfigRequest { PageToken = "none" }.ToByteArray() },
        { "/mesh.v1.Config/Delete", new DeleteConfigRequest { Service = "nobody" }.ToByteArray() },
        { "/mesh.v1.Config/Nothing", [] },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task The_head_of_what_is_refused_is_its_end(string method, byte[] request)
    {
        await using var plane = await TestPlane.StartAsync();
        using var client = new TcpClient();
        await client.ConnectAsync(plane.Address.Host, plane.Address.Port, Bound.Token());
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        await stream.WriteAsync(Frame(Settings, 0, 0, []));
        var head = new[] { (":method", "POST"), (":scheme", "http"), (":path", method), (":authority", "plane"), ("content-type", "application/grpc"), ("te", "trailers") };
        await stream.WriteAsync(Frame(Headers, EndHeaders, 1, [.. head.SelectMany(field => Literal(field.Item1, field.Item2))]));
        await stream.WriteAsync(Frame(Data, EndStream, 1, RawCall.Frame(request)));

        byte type, flags;
        do
        {
            (type, flags) = await NextAsync(stream);
        }
        while (type != Headers);
        Assert.Equal(EndStream | EndHeaders, flags);
    }

    private static byte[] Frame(byte type, byte flags, byte streamId, byte[] payload) =>
        [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, streamId, .. payload];

    /// <summary>A field whose name and value are written out (RFC 7541, section 6.2.2), neither of 127 bytes or more.</summary>
    private static byte[] Literal(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static async Task<(byte Type, byte Flags)> NextAsync(NetworkStream stream)
    {
        var head = new byte[9];
        await stream.ReadExactlyAsync(head, Bound.Token());
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8], Bound.Token());
        return (head[3], head[4]);
    }
}
