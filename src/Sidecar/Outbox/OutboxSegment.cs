using Microsoft.Win32.SafeHandles;

namespace Mesh.Sidecar.Outbox;

/// <summary>One file of the outbox. Every write is on the disk when it returns, or did not happen. One user at a time; blocks.</summary>
internal sealed class OutboxSegment : IDisposable
{
    private static readonly byte[] Head = "MESHBOX1"u8.ToArray();

    private readonly SafeFileHandle _file;

    private OutboxSegment(string path, long number, SafeFileHandle file)
    {
        Path = path;
        Number = number;
        _file = file;
    }

    public string Path { get; }

    public long Number { get; }

    /// <summary>With its head.</summary>
    public int Length { get; private set; }

    /// <summary>Where the first record stands.</summary>
    public static int Begin => Head.Length;

    /// <exception cref="IOException">It cannot be made.</exception>
    public static OutboxSegment Create(string path, long number)
    {
        var segment = new OutboxSegment(path, number, File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite));
        try
        {
            segment.Append(Head);
            return segment;
        }
        catch (IOException)
        {
            segment.Dispose();
            File.Delete(path);
            throw;
        }
    }

    /// <exception cref="IOException">It cannot be opened, or is none of ours.</exception>
    public static OutboxSegment Open(string path, long number)
    {
        var segment = new OutboxSegment(path, number, File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite));
        segment.Length = (int)Math.Min(int.MaxValue, RandomAccess.GetLength(segment._file));
        if (segment.Length >= Head.Length && !segment.ReadAll().AsSpan(0, Head.Length).SequenceEqual(Head))
        {
            segment.Dispose();
            throw new IOException($"{path}: is no outbox of this version; move it away, or use the version that has written it");
        }

        return segment;
    }

    /// <exception cref="IOException">It did not happen.</exception>
    public void Append(ReadOnlySpan<byte> records)
    {
        try
        {
            RandomAccess.Write(_file, records, Length);
            RandomAccess.FlushToDisk(_file);
            Length += records.Length;
        }
        catch (IOException)
        {
            // What is there of it would be taken for a promise.
            RandomAccess.SetLength(_file, Length);
            throw;
        }
    }

    public byte[] ReadAll()
    {
        var all = new byte[Length];
        var read = 0;
        while (read < all.Length && RandomAccess.Read(_file, all.AsSpan(read), read) is > 0 and var more)
        {
            read += more;
        }

        return all.AsSpan(0, read).ToArray();
    }

    /// <summary>Forgets what stands behind; nobody was promised it.</summary>
    public void Cut(int length)
    {
        RandomAccess.SetLength(_file, length);
        RandomAccess.FlushToDisk(_file);
        Length = length;
    }

    public void Dispose() => _file.Dispose();
}
