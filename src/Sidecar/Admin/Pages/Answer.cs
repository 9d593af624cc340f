using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Mesh.Sidecar.Admin.Pages;

/// <summary>What a page answers, whole.</summary>
/// <param name="Status">HTTP's.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Allow">The methods there are, with a 405.</param>
internal sealed record Answer(int Status, string ContentType, ReadOnlySequence<byte> Body, string? Allow = null)
{
    private const string Plain = "text/plain; charset=utf-8";

    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <param name="text">With its line's end.</param>
    /// <param name="status">HTTP's.</param>
    public static Answer Text(string text, int status = 200) =>
        new(status, Plain, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text)));

    /// <param name="write">Writes one value.</param>
    public static Answer Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new PageBuffer();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            write(json);
        }

        buffer.Write("\n"u8); // a shell's prompt goes on its own line

        return new Answer(200, "application/json", buffer.Written);
    }
}
