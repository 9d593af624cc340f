using Mesh.Wire.Streams;

namespace Mesh.Bench.Load.Cases;

/// <summary>How the proxies stand while some cases are measured.</summary>
/// <param name="Protocol">What they speak on both sides.</param>
/// <param name="IsPair">Two of a kind in a row, as a call between two services meets two sidecars; their costs count together.</param>
/// <param name="HasTls">Between the two it goes by mutual TLS.</param>
internal readonly record struct Setup(Protocol Protocol, bool IsPair, bool HasTls = false)
{
    /// <summary>One of each, over HTTP/2.</summary>
    public static readonly Setup Single = new(Protocol.Http2, IsPair: false);

    public override string ToString() => (Protocol == Protocol.Http1 ? "HTTP/1.1" : "HTTP/2") + (IsPair ? ", two in a row" : "") + (HasTls ? " by mutual TLS" : "");
}
