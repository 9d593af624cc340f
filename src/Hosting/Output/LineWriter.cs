using System.Buffers;
using System.Text;

namespace Mesh.Hosting;

/// <summary>A queue of lines for those who write text: what is written leaves with its line's end, or at a flush. Any thread.</summary>
/// <param name="queue">Where whole lines go.</param>
internal sealed class LineWriter(LineQueue queue) : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _begun = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            _begun.Append(buffer);
            if (buffer.Contains('\n'))
            {
                Send();
            }
        }
    }

    public override void WriteLine(string? value)
    {
        lock (_gate)
        {
            _begun.Append(value).Append('\n');
            Send();
        }
    }

    /// <summary>Hands on what is there of a line; does not wait until it is written.</summary>
    public override void Flush()
    {
        lock (_gate)
        {
            if (_begun.Length > 0)
            {
                Send();
            }
        }
    }

    private void Send()
    {
        var text = _begun.ToString();
        _begun.Clear();
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, bytes);
        queue.Write(bytes.AsSpan(0, length), Math.Max(1, text.AsSpan().Count('\n')));
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
