using System.Buffers.Text;
using System.Text;

namespace Mesh.ControlPlane.Paging;

/// <summary>
/// Which page of a list is asked for (https://google.aip.dev/158). A token holds the keys of the last entry sent, and the
/// list it belongs to, so that it stays good while entries come and go, and is refused by any other list.
/// </summary>
/// <param name="Size">How many entries at most.</param>
/// <param name="List">The list with its filters.</param>
/// <param name="After">The keys of the last entry of the page before; empty strings at the beginning.</param>
internal sealed record PageRequest(int Size, string List, IReadOnlyList<string> After)
{
    public const int DefaultSize = 1000;
    public const int MaxSize = 10_000;

    // No key of ours holds a control character.
    private const char Separator = '\n';

    /// <summary>Reads a request's fields.</summary>
    /// <param name="size">0 is the default; what is above the most is the most.</param>
    /// <param name="token">Empty at the beginning.</param>
    /// <param name="list">The list with its filters.</param>
    /// <param name="keys">How many keys its entries are ordered by.</param>
    /// <param name="page">Which page.</param>
    /// <returns>A fault, or null.</returns>
    public static string? TryRead(int size, string token, string list, int keys, out PageRequest page)
    {
        page = new PageRequest(size == 0 ? DefaultSize : Math.Min(size, MaxSize), list, [.. Enumerable.Repeat("", keys)]);
        if (size < 0)
        {
            return $"page_size: must not be negative; 0 is the default, {DefaultSize}";
        }

        if (token.Length == 0)
        {
            return null;
        }

        if (Decode(token)?.Split(Separator) is not [var of, .. var after] || of != list || after.Length != keys)
        {
            return "page_token: is not one of this list; send the next_page_token as it came, with the other fields as they were";
        }

        page = page with { After = after };
        return null;
    }

    /// <summary>The token of the page that begins after an entry.</summary>
    public string Next(params ReadOnlySpan<string> keys) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(List + Separator + string.Join(Separator, keys)));

    private static string? Decode(string token) =>
        Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
}
