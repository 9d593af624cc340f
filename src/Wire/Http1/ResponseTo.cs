namespace Mesh.Wire.Http1;

/// <summary>What was asked: it decides how the response is framed (RFC 9112 section 6.3).</summary>
/// <param name="IsHead">HEAD: the response has no body, whatever its head says.</param>
/// <param name="IsConnect">CONNECT: a 2xx begins a tunnel.</param>
/// <param name="Upgrades">An upgrade was asked for: a 101 may come.</param>
/// <param name="MinorVersion">Of the request; to one of 0 nothing is sent in chunks.</param>
internal readonly record struct ResponseTo(bool IsHead = false, bool IsConnect = false, bool Upgrades = false, int MinorVersion = 1)
{
    /// <summary>An ordinary request of HTTP/1.1.</summary>
    public ResponseTo()
        : this(IsHead: false)
    {
    }

    /// <summary>The request with these facts.</summary>
    public static ResponseTo Of(in MessageFacts request) =>
        new(request.IsHead, request.IsConnect, request.Upgrades, request.MinorVersion);
}
