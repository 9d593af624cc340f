using Mesh.Policy.Outcomes;
using Mesh.Sidecar.Options;
using Mesh.Wire.Streams;

namespace Mesh.Sidecar.Upstream;

/// <summary>In which protocol the app beside us is called: as it is given, or as it turns out. Any thread.</summary>
internal sealed class AppWire(AppProtocol given)
{
    private volatile bool _isFoundHttp1;
    private volatile bool _hasSpokenHttp2;

    /// <summary>What it is given as.</summary>
    public AppProtocol Given => given;

    /// <summary>It speaks HTTP/1.1 alone, as far as is known.</summary>
    public bool IsHttp1 => given == AppProtocol.Http1 || _isFoundHttp1;

    /// <summary>The one protocol in which it is called; null: that of the caller.</summary>
    public Protocol? Only => IsHttp1 ? Protocol.Http1 : given == AppProtocol.Http2 ? Protocol.Http2 : null;

    /// <summary>
    /// What it means that an attempt has ended so. gRPC that an app of HTTP/1.1 has not seen is not "not processed": wherever it went,
    /// it would be an app that gRPC does not reach.
    /// </summary>
    public Outcome Explain(in Outcome outcome, bool isGrpc) =>
        isGrpc && IsHttp1 && outcome.NotProcessed ? Outcome.Failed(OutcomeReason.WrongProtocol, OutcomeSource.Mesh) : outcome;

    /// <summary>A connection to it is up, or has come to an end: what it says of the protocol.</summary>
    public void OnHeard(MessageConnection connection)
    {
        if (given != AppProtocol.Auto)
        {
            return;
        }

        if (connection.OtherProtocol is { } other)
        {
            _isFoundHttp1 = other == Protocol.Http1;
        }
        else if (connection is { Protocol: Protocol.Http2, WasReady: true })
        {
            _hasSpokenHttp2 = true;
            _isFoundHttp1 = false;
        }
        else if (connection.IsClosedUnheard && !_hasSpokenHttp2)
        {
            _isFoundHttp1 = true; // one that has spoken HTTP/2 before is going away, or coming up
        }
    }
}
