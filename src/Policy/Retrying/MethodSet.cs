using System.Text;

namespace Mesh.Policy.Retrying;

/// <summary>
/// gRPC methods by their paths: "/pkg.Service/Method" is one, "/pkg.Service/" all of a service. Immutable, any thread.
/// </summary>
public sealed class MethodSet : IEquatable<MethodSet>
{
    /// <summary>Every method.</summary>
    public static readonly MethodSet All = new([]);

    private readonly HashSet<byte[]> _paths = new(Utf8Comparer.Instance);
    private readonly HashSet<byte[]>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    /// <summary>The set of the given paths; of none, every method.</summary>
    public MethodSet(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            _paths.Add(Encoding.UTF8.GetBytes(path));
        }

        _lookup = _paths.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Nobody has named any: every method is in it.</summary>
    public bool IsAll => _paths.Count == 0;

    /// <summary>The paths it was made of, in no order; none for every method.</summary>
    public IEnumerable<string> Paths => _paths.Select(Encoding.UTF8.GetString);

    /// <summary>Whether another has the same paths: what is said again unchanged is no change.</summary>
    public bool Equals(MethodSet? other) => other is not null && _paths.SetEquals(other._paths);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MethodSet);

    /// <inheritdoc/>
    public override int GetHashCode() => _paths.Count;

    /// <summary>Whether the method with this path is in the set; allocates nothing.</summary>
    public bool Contains(ReadOnlySpan<byte> path)
        => IsAll || _lookup.Contains(path) || _lookup.Contains(path[..(path.LastIndexOf((byte)'/') + 1)]);
}
