using System.Text;

namespace Mesh.Policy.Authorization;

/// <summary>A text, or the beginning of texts: what has <c>*</c> behind it. Immutable.</summary>
internal readonly struct TextPattern
{
    private readonly byte[] _text;
    private readonly bool _isPrefix;

    public TextPattern(string pattern)
    {
        _isPrefix = pattern.EndsWith('*');
        _text = Encoding.UTF8.GetBytes(_isPrefix ? pattern[..^1] : pattern);
    }

    public bool Matches(ReadOnlySpan<byte> text) => _isPrefix ? text.StartsWith(_text) : text.SequenceEqual(_text);
}
