using System.Text;

namespace Mesh.Policy.Routing.Changes;

/// <summary>
/// What becomes of a path: another one, the same with another beginning, or one made of its parts. Its query stays. Immutable, any thread; writes
/// where it is told to, and allocates nothing but where there is a <see cref="PathTemplate"/>.
/// </summary>
public sealed class PathChange
{
    private readonly byte[] _begin;
    private readonly int _cut;
    private readonly PathTemplate? _template;

    private PathChange(string begin, int cut)
    {
        _begin = Encoding.UTF8.GetBytes(begin);
        _cut = cut;
    }

    private PathChange(PathTemplate template)
        : this("", int.MaxValue) => _template = template;

    /// <summary>What is asked for; null if nothing is.</summary>
    /// <param name="path">The whole path; null leaves it.</param>
    /// <param name="prefix">Stands where <paramref name="matched"/> was; null leaves it.</param>
    /// <param name="matched">The prefix of the route's match.</param>
    public static PathChange? Of(string? path, string? prefix, string? matched) =>
        path is not null ? new PathChange(path, int.MaxValue)
        : prefix is not null ? new PathChange(prefix, Encoding.UTF8.GetByteCount(matched ?? ""))
        : null;

    /// <summary>Made of what a pattern's groups match.</summary>
    /// <param name="substitution">The path to be.</param>
    /// <param name="pattern">The route's.</param>
    /// <returns>Null if either is none.</returns>
    public static PathChange? OfGroups(string substitution, string? pattern) =>
        pattern is not null && PathTemplate.TryMake(substitution, pattern, out var template, out _) ? new PathChange(template!) : null;

    /// <summary>As many bytes as <see cref="Write"/> may write.</summary>
    public int MostBytes(ReadOnlySpan<byte> target) => (_template?.MostBytes(target) ?? _begin.Length) + target.Length;

    /// <summary>Writes the target that comes of one.</summary>
    /// <param name="target">The path, with the query if there is one.</param>
    /// <param name="into">For <see cref="MostBytes"/>.</param>
    /// <returns>How many bytes it has.</returns>
    public int Write(ReadOnlySpan<byte> target, Span<byte> into)
    {
        var mark = target.IndexOf((byte)'?');
        if (_template is not null)
        {
            var query = mark < 0 ? target.Length : mark;
            var length = _template.Write(target[..query], into);
            target[query..].CopyTo(into[length..]);
            return length + target.Length - query;
        }

        var rest = target[Math.Min(_cut, mark < 0 ? target.Length : mark)..];
        if (_begin is [.., (byte)'/'] && rest is [(byte)'/', ..])
        {
            rest = rest[1..]; // one slash where two would meet
        }

        _begin.CopyTo(into);
        rest.CopyTo(into[_begin.Length..]);
        return _begin.Length + rest.Length;
    }
}
