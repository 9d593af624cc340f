using System.Text;
using System.Text.Unicode;

namespace Mesh.Sidecar.Flow.Messages;

/// <summary>A line of text that is written into a buffer piece by piece, in UTF-8 and without an allocation.</summary>
internal ref struct Utf8Line(Span<byte> into)
{
    private readonly Span<byte> _into = into;

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>Something did not fit: what is there is no whole text.</summary>
    public bool IsCut { get; private set; }

    public void Add(scoped ReadOnlySpan<byte> text)
    {
        if (!text.TryCopyTo(_into[Length..]))
        {
            IsCut = true;
            return;
        }

        Length += text.Length;
    }

    public void Add(string text)
    {
        IsCut |= !Encoding.UTF8.TryGetBytes(text, _into[Length..], out var written);
        Length += written;
    }

    public void Add<T>(T value)
        where T : IUtf8SpanFormattable
    {
        IsCut |= !value.TryFormat(_into[Length..], out var written, default, null);
        Length += written;
    }
}
