namespace Mesh.Policy.Authorization;

/// <summary>
/// A path as an app may read it: percent-encoding taken off, "." and ".." followed, slashes merged, a backslash taken for one. Rules look at both,
/// since a call must not get in by a way of writing that its app undoes. Pure.
/// </summary>
internal static class CanonicalPath
{
    /// <summary>In bytes; what is longer and needs work is not read.</summary>
    public const int Longest = 1024;

    /// <summary>Whether it may be read otherwise than it is written.</summary>
    public static bool NeedsWork(ReadOnlySpan<byte> path) =>
        path.ContainsAny((byte)'%', (byte)'\\', (byte)';') || path.IndexOf("//"u8) >= 0 || path.IndexOf("/."u8) >= 0;

    /// <summary>Writes it.</summary>
    /// <param name="path">At most <see cref="Longest"/>.</param>
    /// <param name="room">As long.</param>
    /// <returns>How much was written.</returns>
    public static int Write(ReadOnlySpan<byte> path, Span<byte> room)
    {
        var decoded = Decode(path, room);
        var length = 0;
        for (var at = 0; at < decoded;)
        {
            // A segment begins behind one or more slashes; what stands behind a semicolon is a parameter, which some leave out.
            while (at < decoded && room[at] is (byte)'/')
            {
                at++;
            }

            var end = at;
            while (end < decoded && room[end] != (byte)'/')
            {
                end++;
            }

            var segment = room[at..end];
            if (segment.IndexOf((byte)';') is >= 0 and var parameter)
            {
                segment = segment[..parameter];
            }

            if (segment.SequenceEqual(".."u8))
            {
                length = Math.Max(0, room[..length].LastIndexOf((byte)'/'));
            }
            else if (!segment.SequenceEqual("."u8) && (segment.Length > 0 || end == decoded))
            {
                room[length++] = (byte)'/';
                segment.CopyTo(room[length..]);
                length += segment.Length;
            }

            at = end;
        }

        return length;
    }

    private static int Decode(ReadOnlySpan<byte> path, Span<byte> room)
    {
        var length = 0;
        for (var i = 0; i < path.Length; i++)
        {
            var octet = path[i];
            if (octet == '%' && i + 2 < path.Length && HexOf(path[i + 1]) is >= 0 and var high && HexOf(path[i + 2]) is >= 0 and var low)
            {
                octet = (byte)((high << 4) | low);
                i += 2;
            }

            room[length++] = octet == (byte)'\\' ? (byte)'/' : octet;
        }

        return length;
    }

    private static int HexOf(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        _ => -1,
    };
}
