namespace Mesh.Wire.Http1;

/// <summary>The elements of a value that is a list (RFC 9110 section 5.6.1), without white space at their ends, empty ones included.</summary>
internal ref struct ListElements(ReadOnlySpan<byte> value)
{
    private ReadOnlySpan<byte> _rest = value;
    private bool _isDone;

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly ListElements GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_isDone)
        {
            return false;
        }

        var comma = _rest.IndexOf((byte)',');
        _isDone = comma < 0;
        Current = WhiteSpace.Trim(_isDone ? _rest : _rest[..comma]);
        _rest = _isDone ? default : _rest[(comma + 1)..];
        return true;
    }
}
