using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// A file descriptor to write lines to. .NET's own stream for it says nothing of a reader that is gone, and its streams for
/// files move a position that others who have the file do not know of. One caller at a time.
/// </summary>
internal sealed partial class DescriptorStream(int descriptor) : Stream
{
    /// <summary>The reader of a pipe is gone (EPIPE, the same on every Unix).</summary>
    public const int BrokenPipe = 32;

    private const int InterruptedCall = 4;
    private const short PollOut = 4;
    private static readonly int WouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>A write failed in the middle of a line: the next one must not go on in it.</summary>
    private bool _isTorn;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">It takes no more; its HResult is the error's number.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isTorn)
        {
            WriteAll("\n"u8);
            _isTorn = false;
        }

        WriteAll(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WriteAll(ReadOnlySpan<byte> rest)
    {
        var isInside = false;
        while (rest.Length > 0)
        {
            var written = Write(descriptor, rest, (nuint)rest.Length);
            if (written >= 0)
            {
                isInside |= written > 0;
                rest = rest[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                // Who shares it with us has made it so for all.
                var poll = new PollDescriptor { Descriptor = descriptor, Events = PollOut };
                _ = Poll(ref poll, 1, -1);
            }
            else if (error != InterruptedCall)
            {
                _isTorn |= isInside;
                throw new IOException(new Win32Exception(error).Message, error);
            }
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);
}
