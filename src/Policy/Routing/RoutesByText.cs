namespace Mesh.Policy.Routing;

/// <summary>Routes by the text they ask for, an exact path or a prefix; those that ask for the same are in order. Immutable.</summary>
internal sealed class RoutesByText
{
    private readonly Dictionary<byte[], int[]> _routes = new(Utf8Comparer.Instance);
    private readonly Dictionary<byte[], int[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    /// <param name="routes">Their indexes, in order.</param>
    /// <param name="text">What each asks for.</param>
    public RoutesByText(IEnumerable<int> routes, Func<int, byte[]> text)
    {
        foreach (var same in routes.GroupBy(text, Utf8Comparer.Instance))
        {
            _routes.Add(same.Key, [.. same]);
        }

        _lookup = _routes.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>The routes that ask for just this; none if it is nobody's.</summary>
    public int[] Find(ReadOnlySpan<byte> text) => _routes.Count > 0 && _lookup.TryGetValue(text, out var found) ? found : [];
}
