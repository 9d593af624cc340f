using System.Text;
using Mesh.Policy.Routing.Changes;

namespace Mesh.Policy.Routing.Answers;

/// <summary>
/// Where a call is to go instead: the value of <c>location</c> (RFC 9110 section 10.2.2). Immutable, any thread; allocates nothing.
/// </summary>
public sealed class Redirect
{
    private readonly byte[] _scheme;
    private readonly byte[] _host;
    private readonly PathChange? _path;

    /// <param name="options">What it says.</param>
    /// <param name="match">Of the route that says it.</param>
    public Redirect(RedirectOptions options, RouteMatchOptions match)
    {
        Status = options.Status;
        _scheme = Encoding.UTF8.GetBytes(options.Scheme is { } scheme ? scheme + ":" : "");
        _host = Encoding.UTF8.GetBytes(options.Host ?? "");
        _path = PathChange.Of(options.Path, options.Prefix, match.Prefix);
    }

    /// <summary>Of the answer.</summary>
    public int Status { get; }

    /// <summary>As many bytes as <see cref="Write"/> may write.</summary>
    public int MostBytes(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> target) =>
        _scheme.Length + 2 + Math.Max(_host.Length, authority.Length) + 1 + (_path?.MostBytes(target) ?? target.Length);

    /// <summary>Writes the place.</summary>
    /// <param name="authority">What the caller has asked; empty if it does not say.</param>
    /// <param name="target">The path that it has asked for, with the query if there is one.</param>
    /// <param name="into">For <see cref="MostBytes"/>.</param>
    /// <returns>How many bytes it has.</returns>
    public int Write(ReadOnlySpan<byte> authority, ReadOnlySpan<byte> target, Span<byte> into)
    {
        var host = _host.Length > 0 ? _host : _scheme.Length > 0 ? authority : default;
        var length = 0;
        if (!host.IsEmpty)
        {
            length += Append(_scheme, into);
            length += Append("//"u8, into[length..]);
            length += Append(host, into[length..]);
        }

        var path = into[length..];
        path[0] = (byte)'/';
        var written = _path is null ? Append(target, path[1..]) : _path.Write(target, path[1..]);

        // A path that begins with two slashes, or what browsers take for them, would be a host: callers choose theirs.
        var begin = path.Slice(1, written).IndexOfAnyExcept("/\\"u8);
        var rest = begin < 0 ? default : path.Slice(1 + begin, written - begin);
        rest.CopyTo(path[1..]);
        return length + 1 + rest.Length;
    }

    private static int Append(ReadOnlySpan<byte> text, Span<byte> into)
    {
        text.CopyTo(into);
        return text.Length;
    }
}
