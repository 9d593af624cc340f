using System.Net;

namespace Mesh.Http2.Transport;

/// <summary>A bound address from which connections come.</summary>
public abstract class Listener
{
    /// <summary>Where it is bound, with the real port.</summary>
    public abstract IPEndPoint Local { get; }

    /// <summary>Takes no more connections; those there are go on. Only its loop's thread may call it.</summary>
    public abstract void Close();
}
