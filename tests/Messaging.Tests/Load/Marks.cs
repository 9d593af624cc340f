using System.Text;

namespace Mesh.Messaging.Tests.Load;

/// <summary>What the load has been answered, and what it is about to ask for, line by line in the order in which it knew. Any thread.</summary>
internal sealed class Marks : IDisposable
{
    public const string FileName = "marks";

    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle _file;
    private readonly object _gate = new();
    private long _length;

    public Marks(string folder)
    {
        _file = File.OpenHandle(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        _length = RandomAccess.GetLength(_file);
    }

    public void Add(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line + "\n");
        lock (_gate)
        {
            RandomAccess.Write(_file, bytes, _length);
            _length += bytes.Length;
        }
    }

    public void Dispose() => _file.Dispose();
}
