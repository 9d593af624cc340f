using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Mesh.Bench.Messaging.Contestants;

/// <summary>The disk itself: each message is written into its place in a file that has its length already, and synced (fdatasync).</summary>
internal sealed partial class DiskContestant : IContestant
{
    private const int Places = 1_000;
    private const int PlaceBytes = 4_096;

    private readonly SafeFileHandle _file;
    private int _place;

    private DiskContestant(SafeFileHandle file) => _file = file;

    public static Task<IContestant> StartAsync(string folder)
    {
        var file = File.OpenHandle(Path.Combine(folder, "disk"), FileMode.Create, FileAccess.Write);
        RandomAccess.Write(file, new byte[Places * PlaceBytes], 0);
        RandomAccess.FlushToDisk(file);
        return Task.FromResult<IContestant>(new DiskContestant(file));
    }

    public Task PublishAsync(int publisher, ReadOnlyMemory<byte> data)
    {
        var place = Interlocked.Increment(ref _place) % Places;
        RandomAccess.Write(_file, data.Span, (long)place * PlaceBytes);
        return Sync(_file) == 0 ? Task.CompletedTask : throw new Load.BenchFailedException("fdatasync fails");
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int Sync(SafeFileHandle file);
}
