using Mesh.Wire;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;
using Mesh.Wire.Transport;

namespace Mesh.Sidecar.Admin;

/// <summary>One of <see cref="AdminConnections"/>, from its acceptance to its end. On the loop of the admin pages only.</summary>
internal sealed class AdminConnection(Channel channel, AdminConnections connections, AdminContext context) : IConnectionHandler
{
    private ProtocolChoice? _choice;
    private MessageConnection? _connection;

    /// <summary>Our own side.</summary>
    public System.Net.IPEndPoint? Local => channel.Local;

    /// <summary>A request is under way.</summary>
    public bool IsBusy => _connection is { OpenStreams: > 0 };

    /// <summary>Nothing is said on it any more but last words.</summary>
    public bool IsOver { get; private set; }

    /// <summary>It has no descriptor any more.</summary>
    public bool IsGone => channel.IsClosed;

    /// <summary>Bytes of answers that have not been taken. <see cref="AdminConnections"/> counts, as with the next.</summary>
    public long Held { get; set; }

    /// <summary>When the last of an answer was taken, or an answer begun; the loop's time.</summary>
    public long TakenAt { get; set; }

    /// <summary>It has been accepted, and nothing has been read.</summary>
    public void Begin(ProtocolChoice choice)
    {
        _choice = choice;
        connections.Add(this);
    }

    /// <summary>Its first bytes have told what it speaks.</summary>
    public void Serve(MessageConnection connection) => _connection = connection;

    /// <summary>The choice of a protocol has been made, or none will be.</summary>
    public void OnChoiceOver()
    {
        if (channel.IsClosed)
        {
            End();
        }
    }

    /// <summary>No request comes after those that are under way.</summary>
    public void GoAway()
    {
        if (_connection is { } connection)
        {
            connection.GoAway();
        }
        else
        {
            _choice!.Close();
        }
    }

    /// <summary>Ends it at once: it keeps its descriptor for no last words.</summary>
    public void Close(string why)
    {
        if (_connection is { } connection)
        {
            connection.Abort(ErrorCode.EnhanceYourCalm, why);
            channel.Close();
        }
        else
        {
            _choice!.Close();
        }
    }

    public void OnRequest(MessageStream stream, HeaderList headers, bool endStream)
    {
        var exchange = new AdminExchange(stream, this, connections, context);
        stream.Handler = exchange;
        exchange.Begin(headers, endStream);
    }

    public void OnCapacityChanged(MessageConnection connection)
    {
    }

    public void OnClosed(MessageConnection connection) => End();

    private void End()
    {
        IsOver = true;
        connections.OnOver();
    }
}
