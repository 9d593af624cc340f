using System.Text;
using Mesh.Policy.Routing;
using Mesh.Policy.Routing.Changes;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Snapshot;

/// <summary>
/// What a route changes of its calls on their way, as bytes. Immutable; allocates nothing but what a list or the room grows by, and paths made of groups.
/// </summary>
internal sealed class RouteRewrite
{
    private readonly PathChange? _path;
    private readonly byte[] _host;
    private readonly HeaderChange? _request;

    private RouteRewrite(RewriteOptions options, RouteMatchOptions match)
    {
        _path = options.Substitution is { } text ? PathChange.OfGroups(text, match.Regex) : PathChange.Of(options.Path, options.Prefix, match.Prefix);
        _host = Encoding.ASCII.GetBytes(options.Host ?? "");
        _request = HeaderChange.Of(options.RequestHeaders);
        Response = HeaderChange.Of(options.ResponseHeaders);
    }

    /// <summary>Of an answer's head; null if there is nothing to do.</summary>
    public HeaderChange? Response { get; }

    /// <summary>Null where nothing is changed.</summary>
    public static RouteRewrite? Of(RouteOptions route) => route.Rewrite is { } options ? new RouteRewrite(options, route.Match) : null;

    /// <param name="head">Of an attempt.</param>
    /// <param name="room">For putting a path together.</param>
    public void ApplyTo(HeaderList head, ByteBuffer room)
    {
        if (_path is not null)
        {
            ChangePath(_path, head, room);
        }

        if (_host.Length > 0)
        {
            ChangeHost(head);
        }

        _request?.ApplyTo(head);
    }

    private static void ChangePath(PathChange change, HeaderList head, ByteBuffer room)
    {
        var index = head.IndexOf(KnownHeader.Path);
        if (index < 0 || head.ValueAt(index) is not [(byte)'/', ..] target)
        {
            return; // a CONNECT, or what asks of the server as a whole (RFC 9110 section 9.3.7)
        }

        room.Clear();
        room.Trim(); // somebody may have asked for a very long path
        room.Advance(change.Write(target, room.Reserve(change.MostBytes(target))));
        head.SetValue(index, room.Written);
    }

    /// <summary>Where both name it they say the same (RFC 9113 section 8.3.1).</summary>
    private void ChangeHost(HeaderList head)
    {
        var (authority, host) = (head.IndexOf(KnownHeader.Authority), head.IndexOf(KnownHeader.Host));
        if (authority >= 0)
        {
            head.SetValue(authority, _host);
        }

        if (host >= 0)
        {
            head.SetValue(host, _host);
        }
        else if (authority < 0)
        {
            head.Add(KnownHeader.Host, _host);
        }
    }
}
