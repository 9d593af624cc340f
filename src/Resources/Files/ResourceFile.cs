using System.Globalization;
using System.Text;

namespace Mesh.Resources.Files;

/// <summary>
/// Reads the text of a file of resources, whatever its name leads to: at most 4 MiB of it, in UTF-8, and from regular files
/// only, for a pipe may never end and a device may never stop. Blocks while it reads; stateless.
/// </summary>
public static class ResourceFile
{
    /// <summary>In bytes. A thousand routes are some 200 KB.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="text">What it holds; only to be used on success.</param>
    /// <param name="fault">One line, beginning with the name (and the place, where there is one); empty on success.</param>
    public static bool TryRead(string path, out string text, out string fault)
    {
        text = "";
        try
        {
            fault = FileKind.WhyNotRegular(path) is { } why ? $"{path}: {why}" : "";
            if (fault.Length > 0)
            {
                return false;
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
            return TryRead(stream, path, out text, out fault);
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            fault = $"{path}: cannot be read: {PrintableText.Of(unreadable.Message)}";
            return false;
        }
    }

    /// <summary>Reads an open stream, such as the standard input, to its end.</summary>
    /// <param name="stream">What to read; it stays open.</param>
    /// <param name="sourceName">For the fault.</param>
    /// <param name="text">What it holds; only to be used on success.</param>
    /// <param name="fault">As of a file.</param>
    public static bool TryRead(Stream stream, string sourceName, out string text, out string fault)
    {
        // One byte more than is taken tells a file that is too large from one that just fits.
        var read = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (read.Length <= MaxBytes && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, MaxBytes + 1 - read.Length)) is > 0 and var count)
        {
            read.Write(buffer, 0, count);
        }

        text = "";
        if (read.Length > MaxBytes)
        {
            fault = $"{sourceName}: holds more than the {MaxBytes / (1024 * 1024)} MiB that are read; split it";
            return false;
        }

        fault = Decode(read.GetBuffer().AsSpan(0, (int)read.Length), out text) is { } why ? $"{sourceName}:{why}" : "";
        return fault.Length == 0;
    }

    private static string? Decode(ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (bytes.StartsWith(Encoding.Unicode.Preamble) || bytes.StartsWith(Encoding.BigEndianUnicode.Preamble))
        {
            return "1:1: this is UTF-16; save the file as UTF-8";
        }

        bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
        if (InvalidByteIn(bytes) is not { } at)
        {
            text = Utf8.GetString(bytes);
            return null;
        }

        var line = bytes[..at].Count((byte)'\n') + 1;
        var column = Utf8.GetCharCount(bytes[(bytes[..at].LastIndexOf((byte)'\n') + 1)..at]) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{line}:{column}: the byte 0x{bytes[at]:X2} is no UTF-8 here; save the file as UTF-8");
    }

    private static int? InvalidByteIn(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return at;
            }

            at += length;
        }

        return null;
    }
}
