using System.Text;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Flow;
using Mesh.Sidecar.Routing;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Listeners;

/// <summary>
/// CONNECT on the outbound port (RFC 9110 section 9.3.6), as clients send it that are told of a proxy: gRPC's C-core and grpc-js above all.
/// A tunnel to a service of the mesh is a connection to its local port: what is asked in it is called, balanced and recorded as ever.
/// One per worker and listener.
/// </summary>
/// <param name="worker">Whose loop.</param>
/// <param name="directory">Who knows the services; null where nobody has business with a tunnel: on the inbound side, and in a tunnel.</param>
/// <param name="serve">Takes a new channel, whose calls go to a destination.</param>
internal sealed class TunnelEntry(Worker worker, ServiceDirectory? directory, Func<Channel, Destination, IChannelHandler> serve)
{
    /// <summary>Refuses all.</summary>
    public static TunnelEntry None(Worker worker) => new(worker, null, static (_, _) => throw new InvalidOperationException("There are no tunnels."));

    private readonly HeaderList _head = new();
    private readonly ByteBuffer _text = new();

    public static bool IsAsked(HeaderList headers) =>
        headers.TryGet(KnownHeader.Method, out var method) && method.SequenceEqual("CONNECT"u8) && headers.IndexOf(KnownHeader.Path) < 0;

    /// <summary>Opens the tunnel, or says why not.</summary>
    public void Begin(MessageStream stream, HeaderList headers, bool endStream)
    {
        headers.TryGet(KnownHeader.Authority, out var authority);
        Span<byte> room = stackalloc byte[DnsLabel.MaxLength];
        var name = ServiceName.InLowerCase(ServiceName.FromAuthority(authority), room);
        if (directory is null)
        {
            Refuse(stream, "405"u8, "CONNECT is for the outbound port of a sidecar, and not for what is behind it"u8);
        }
        else if (!IsKnown(directory, name))
        {
            Refuse(stream, "404"u8, "a tunnel leads to a service of the mesh alone, and there is none of that name"u8);
        }
        else
        {
            Open(stream, new ToService(Encoding.ASCII.GetString(name), directory.Want), endStream);
        }
    }

    /// <summary>Whoever could still be learnt of is: a call to nobody is then answered in the tunnel.</summary>
    private bool IsKnown(ServiceDirectory directory, ReadOnlySpan<byte> name) => DnsLabel.IsValid(name)
        && (worker.Snapshot.Find(name) is { } cluster ? cluster.IsKnown : !worker.Snapshot.IsWhole && directory.Want(name));

    private void Open(MessageStream stream, Destination destination, bool endStream)
    {
        _head.Clear();
        _head.Add(KnownHeader.Status, "200"u8);
        stream.WriteHeaders(_head, endStream: false);
        var channel = new StreamChannel(stream);
        stream.Handler = channel;
        channel.Handler = serve(channel, destination);
        if (endStream)
        {
            channel.EndByPeer();
        }
    }

    private void Refuse(MessageStream stream, ReadOnlySpan<byte> status, ReadOnlySpan<byte> why)
    {
        stream.Handler = Unhandled.Instance;
        _text.Clear();
        _text.Append(why);
        _text.Append("\n"u8);
        _head.Clear();
        _head.Add(KnownHeader.Status, status);
        _head.Add(KnownHeader.ContentType, "text/plain; charset=utf-8"u8);
        _head.Add("x-mesh-error"u8, why);
        stream.WriteHeaders(_head, endStream: false);
        stream.Write(_text.Written, endStream: true);
        stream.StopPeerWhenDone();
    }
}
