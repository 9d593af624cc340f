using System.IO.Compression;
using Grpc.Net.Compression;

namespace Mesh.ControlPlane.Api.Reading;

/// <summary>gzip whose errors are the sender's: what cannot be unpacked is an <see cref="UnreadableMessages"/> like any other.</summary>
internal sealed class GuardedCompression(UnreadableMessages unreadable) : ICompressionProvider
{
    private readonly GzipCompressionProvider _gzip = new(CompressionLevel.Fastest);

    public string EncodingName => _gzip.EncodingName;

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => _gzip.CreateCompressionStream(stream, compressionLevel);

    public Stream CreateDecompressionStream(Stream stream) => new Guarded(_gzip.CreateDecompressionStream(stream), unreadable);

    private sealed class Guarded(Stream packed, UnreadableMessages unreadable) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            try
            {
                return packed.Read(buffer);
            }
            catch (InvalidDataException)
            {
                throw unreadable.Of("the message is said to be gzip, and cannot be unpacked");
            }
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                packed.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
