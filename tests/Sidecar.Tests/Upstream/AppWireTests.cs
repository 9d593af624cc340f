using System.Text;
using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Upstream;

public sealed class AppWireTests
{
    private static readonly byte[] Settings = [0, 0, 0, 4, 0, 0, 0, 0, 0];

    private readonly MemoryLoop _loop = new(new FakeTimeProvider());
    private readonly AppWire _wire = new(AppProtocol.Auto);

    [Theory]
    [InlineData(ChannelEnd.EndOfStream)]
    [InlineData(ChannelEnd.Reset)]
    public void Who_closes_at_once_speaks_HTTP_1_unless_it_has_spoken_HTTP_2_before(ChannelEnd how)
    {
        Hear(how);
        Assert.Equal(Protocol.Http1, _wire.Only);
        Hear(how, Settings);
        Assert.Null(_wire.Only);
        Hear(how);
        Assert.Null(_wire.Only);
    }

    [Fact]
    public void Who_cannot_be_reached_has_said_nothing()
    {
        _wire.OnHeard(Ended(ChannelEnd.ConnectFailed, isConnected: false));
        Assert.Null(_wire.Only);
    }

    [Fact]
    public void Who_says_so_is_believed_whatever_it_has_spoken_before()
    {
        Hear(ChannelEnd.EndOfStream, Settings);
        Hear(ChannelEnd.EndOfStream, Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"));
        Assert.Equal(Protocol.Http1, _wire.Only);
    }

    [Theory]
    [InlineData(AppProtocol.Http1, Protocol.Http1)]
    [InlineData(AppProtocol.Http2, Protocol.Http2)]
    internal void What_is_given_stays(AppProtocol given, Protocol only)
    {
        var wire = new AppWire(given);
        wire.OnHeard(Ended(ChannelEnd.EndOfStream, isConnected: true, Settings));
        wire.OnHeard(Ended(ChannelEnd.EndOfStream, isConnected: true));
        Assert.Equal(only, wire.Only);
    }

    [Fact]
    public void GRPC_that_an_app_of_HTTP_1_has_not_seen_is_not_for_others_to_try()
    {
        var unseen = Outcome.Failed(OutcomeReason.GoAwayUnprocessed, OutcomeSource.Upstream);
        Assert.Equal(unseen, _wire.Explain(unseen, isGrpc: true));
        Hear(ChannelEnd.EndOfStream);
        var wrong = _wire.Explain(unseen, isGrpc: true);
        Assert.Equal((OutcomeReason.WrongProtocol, false), (wrong.Reason, wrong.NotProcessed));
        Assert.Equal(unseen, _wire.Explain(unseen, isGrpc: false));
        var answered = Outcome.FromGrpc(GrpcStatus.Internal);
        Assert.Equal(answered, _wire.Explain(answered, isGrpc: true));
    }

    private void Hear(ChannelEnd end, params byte[] said) => _wire.OnHeard(Ended(end, isConnected: true, said));

    private Http2Connection Ended(ChannelEnd end, bool isConnected, params byte[] said)
    {
        var channel = new MemoryChannel(_loop);
        var connection = Http2Connection.Connect(channel, new Nobody(), new WireOptions(), new ViolationCounters());
        IChannelHandler handler = connection;
        if (isConnected)
        {
            handler.OnConnected();
            handler.OnBytes(said);
        }

        handler.OnClosed(end);
        return connection;
    }

    private sealed class Nobody : IConnectionHandler
    {
        public void OnRequest(MessageStream stream, HeaderList headers, bool endStream) => throw new NotSupportedException();

        public void OnCapacityChanged(MessageConnection connection)
        {
        }

        public void OnClosed(MessageConnection connection)
        {
        }
    }
}
