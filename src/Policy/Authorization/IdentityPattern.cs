namespace Mesh.Policy.Authorization;

/// <summary>
/// Who calls, by the SPIFFE id that the connection has proven. A name is that of a service of the mesh, whichever trust domain stands before
/// it: connections of other trust domains than our own are not taken. Immutable.
/// </summary>
internal readonly struct IdentityPattern
{
    private const string Scheme = "spiffe://";
    private const string ServicePath = "/service/";

    private readonly string _text;
    private readonly bool _isWhole;
    private readonly bool _isPrefix;

    public IdentityPattern(string pattern)
    {
        _isWhole = pattern.StartsWith(Scheme, StringComparison.Ordinal);
        _isPrefix = !_isWhole && pattern.EndsWith('*');
        _text = _isPrefix ? pattern[..^1] : pattern;
    }

    /// <param name="identity">A whole SPIFFE id.</param>
    public bool Matches(string identity)
    {
        if (_isWhole || (_isPrefix && _text.Length == 0))
        {
            return !_isWhole || identity == _text;
        }

        var rest = identity.AsSpan(Math.Min(Scheme.Length, identity.Length));
        var path = rest.IndexOf('/');
        if (path < 0 || !rest[path..].StartsWith(ServicePath, StringComparison.Ordinal))
        {
            return false; // no service of the mesh
        }

        var service = rest[(path + ServicePath.Length)..];
        return _isPrefix ? service.StartsWith(_text, StringComparison.Ordinal) && !service.Contains('/') : service.SequenceEqual(_text);
    }
}
