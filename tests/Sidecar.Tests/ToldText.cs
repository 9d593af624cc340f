using System.Text;

namespace Mesh.Sidecar.Tests;

/// <summary>What a log was told, which may be read while it is told more. Any thread.</summary>
internal sealed class ToldText : TextWriter
{
    private readonly StringBuilder _text = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (_text)
        {
            _text.Append(value);
        }
    }

    public override void Write(string? value)
    {
        lock (_text)
        {
            _text.Append(value);
        }
    }

    public override void WriteLine(string? value) => Write(value + "\n");

    public void Clear()
    {
        lock (_text)
        {
            _text.Clear();
        }
    }

    public override string ToString()
    {
        lock (_text)
        {
            return _text.ToString();
        }
    }
}
