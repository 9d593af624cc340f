using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Streams;

/// <summary>What is told about one connection. All calls come on its loop.</summary>
public interface IConnectionHandler
{
    /// <summary>Server role: a request's head. The handler sets <see cref="MessageStream.Handler"/> before it returns.</summary>
    void OnRequest(MessageStream stream, HeaderList headers, bool endStream);

    /// <summary>
    /// <see cref="MessageConnection.CanOpen"/> may have changed: a stream has ended, the peer has said how many it takes, or
    /// that it goes away, or has given a window to a connection that had none.
    /// </summary>
    void OnCapacityChanged(MessageConnection connection);

    /// <summary>Last: the connection is gone. Its streams have been told before.</summary>
    void OnClosed(MessageConnection connection);
}
