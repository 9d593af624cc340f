using System.Buffers;

namespace Mesh.ControlPlane.Tests.Listening;

/// <summary>Blocks of which it knows how many are out, and how many there ever were.</summary>
internal sealed class CountedPool : MemoryPool<byte>
{
    private int _out;
    private int _rented;

    public int Out => Volatile.Read(ref _out);

    public int Rented => Volatile.Read(ref _rented);

    public override int MaxBufferSize => 4096;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Interlocked.Increment(ref _out);
        Interlocked.Increment(ref _rented);
        return new Block(this);
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(CountedPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[pool.MaxBufferSize];

        public void Dispose() => Interlocked.Decrement(ref pool._out);
    }
}
