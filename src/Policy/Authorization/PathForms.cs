namespace Mesh.Policy.Authorization;

/// <summary>A path as it came, and as an app may read it.</summary>
internal readonly ref struct PathForms
{
    private readonly ReadOnlySpan<byte> _written;
    private readonly ReadOnlySpan<byte> _read;
    private readonly bool _isUnread;

    private PathForms(ReadOnlySpan<byte> written, ReadOnlySpan<byte> read, bool isUnread)
    {
        _written = written;
        _read = read;
        _isUnread = isUnread;
    }

    /// <param name="path">As it came.</param>
    /// <param name="room">For the other form.</param>
    public static PathForms Of(ReadOnlySpan<byte> path, Span<byte> room) =>
        !CanonicalPath.NeedsWork(path) ? new PathForms(path, path, isUnread: false)
        : path.Length > room.Length ? new PathForms(path, path, isUnread: true)
        : new PathForms(path, room[..CanonicalPath.Write(path, room)], isUnread: false);

    /// <summary>Whether one of these patterns takes it: of a rule that denies in any form, of one that allows in each.</summary>
    public bool Matches(TextPattern[] patterns, bool denies) =>
        denies ? _isUnread || Any(patterns, _written) || Any(patterns, _read)
        : !_isUnread && Any(patterns, _written) && Any(patterns, _read);

    private static bool Any(TextPattern[] patterns, ReadOnlySpan<byte> path)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(path))
            {
                return true;
            }
        }

        return false;
    }
}
