using System.Buffers.Binary;
using Mesh.Wire.Buffers;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http2.Blocks;

/// <summary>
/// Remembers the header blocks that repeat: the head of an answer, its trailers, and the head of a request without a deadline
/// or an id of its own come as the same few octets call after call. The same octets on the same connection mean the same
/// list for as long as its compression table has not changed. Shared by the connections of one loop, so that an idle one
/// holds nothing. What does not come for a period of <see cref="Upkeep"/> is forgotten. Only the loop's thread may call it.
/// </summary>
/// <param name="upkeep">The loop's.</param>
internal sealed class BlockMemo(Upkeep? upkeep = null) : Upkept(upkeep)
{
    /// <summary>Four kinds of block for each of some 50 busy connections; half a MiB a loop as a rule, 3 MiB if peers are after it.</summary>
    private const int Places = 256;

    /// <summary>What repeats is short: most of it is in the tables.</summary>
    private const int LongestBlock = 256;

    private readonly Place[] _places = new Place[Places];
    private DecodedBlock _spare = new();
    private long _decoders;

    /// <summary>Places with a block.</summary>
    private int _taken;

    internal override bool IsKeeping => _taken > 0;

    /// <summary>A number that no other decoder of this loop has or will have.</summary>
    public long NextDecoder() => ++_decoders;

    /// <summary>As <see cref="HpackDecoder.Decode"/>.</summary>
    /// <param name="decoder">The connection's.</param>
    /// <param name="number">The decoder's, from <see cref="NextDecoder"/>.</param>
    /// <param name="block">The whole block.</param>
    /// <param name="decoded">Its list, valid until the next call; changing it is allowed, and makes the memo forget it.</param>
    public HpackResult Decode(HpackDecoder decoder, long number, ReadOnlySpan<byte> block, out DecodedBlock decoded)
    {
        decoded = _spare;
        if (block.Length is 0 or > LongestBlock)
        {
            decoded.Forget();
            return decoder.Decode(block, decoded.Headers);
        }

        var generation = decoder.TableGeneration;
        var hash = Hash(number, generation, block);
        ref var place = ref _places[hash % Places];
        if (place.Is(number, generation, block))
        {
            place.WasUsed = true;
            decoded = place.Decoded!;
            return HpackResult.Ok;
        }

        decoded.Forget();
        var result = decoder.Decode(block, decoded.Headers);
        // A block that comes once, or that has changed the table, would only push out one that comes again. And one of a
        // few octets may unfold to a list of MaxHeaderListSize.
        var isSecond = place.Sighted == hash;
        place.Sighted = hash;
        if (isSecond && result == HpackResult.Ok && decoder.TableGeneration == generation && !decoded.Headers.IsOversized)
        {
            _taken += place.Decoded is null ? 1 : 0;
            _spare = place.Keep(number, generation, block, decoded);
            OnKept();
        }

        return result;
    }

    internal override void EndPeriod()
    {
        foreach (ref var place in _places.AsSpan())
        {
            place.IsForgotten = place is { Decoded: not null, WasUsed: false };
            place.WasUsed = false;
        }
    }

    internal override bool GiveBack(int most, ref int garbage)
    {
        foreach (ref var place in _places.AsSpan())
        {
            if (place is { IsForgotten: true, WasUsed: false })
            {
                place = default;
                _taken--;
                garbage++;
            }
        }

        return false;
    }

    /// <summary>Gives back what an oversized block grew.</summary>
    public void Trim() => _spare.Headers.Trim();

    private static ulong Hash(long number, uint generation, ReadOnlySpan<byte> block)
    {
        // Which place, no more: what lies there is compared whole. Odd multipliers of pi's digits and the golden ratio.
        const ulong mix = 0x9e37_79b9_7f4a_7c15, step = 0x2436_f6a8_885a_308d;
        var hash = ((ulong)number * mix) ^ (generation * step) ^ (uint)block.Length;
        for (; block.Length >= sizeof(ulong); block = block[sizeof(ulong)..])
        {
            hash = (ulong.RotateLeft(hash, 29) ^ BinaryPrimitives.ReadUInt64LittleEndian(block)) * mix;
        }

        foreach (var b in block)
        {
            hash = (ulong.RotateLeft(hash, 29) ^ b) * step;
        }

        return hash ^ (hash >> 32);
    }

    /// <summary>One block that repeats, and the last other one that came by.</summary>
    private struct Place
    {
        public ulong Sighted;

        /// <summary>It has come in this period.</summary>
        public bool WasUsed;

        /// <summary>It has not in the last one.</summary>
        public bool IsForgotten;
        private long _number;
        private uint _generation;
        private int _length;
        private byte[]? _block;

        public DecodedBlock? Decoded { get; private set; }

        public readonly bool Is(long number, uint generation, ReadOnlySpan<byte> block) =>
            _number == number && _generation == generation && !Decoded!.Headers.IsAltered && block.SequenceEqual(_block.AsSpan(0, _length));

        /// <summary>Keeps a block, and gives another list for it.</summary>
        public DecodedBlock Keep(long number, uint generation, ReadOnlySpan<byte> block, DecodedBlock decoded)
        {
            var before = Decoded ?? new DecodedBlock();
            (_number, _generation, _length, Decoded) = (number, generation, block.Length, decoded);
            block.CopyTo(_block ??= new byte[LongestBlock]);
            decoded.Headers.IsAltered = false;
            WasUsed = true;
            IsForgotten = false;
            return before;
        }
    }
}
