using CsCheck;

namespace Mesh.Conformance.Fuzz;

/// <summary>One change to an input, where it is and what it is chosen by two numbers.</summary>
/// <param name="Kind">0 to <see cref="Kinds"/> - 1.</param>
/// <param name="Where">Any number.</param>
/// <param name="What">Any number.</param>
internal readonly record struct Mutation(int Kind, uint Where, uint What)
{
    private const int Kinds = 12;

    /// <summary>Numbers that are limits of something.</summary>
    private static readonly uint[] Interesting =
        [0, 1, 2, 3, 5, 7, 8, 9, 100, 255, 4096, 16_383, 16_384, 16_385, 65_535, 65_536, 0x00ff_ffff, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_ffff];

    public static readonly Gen<Mutation> Any =
        Gen.Select(Gen.Int[0, Kinds - 1], Gen.UInt, Gen.UInt, (kind, where, what) => new Mutation(kind, where, what));

    /// <summary>Changes bytes without a thought for what they mean.</summary>
    public void ApplyToBytes(List<byte> bytes)
    {
        if (bytes.Count == 0)
        {
            bytes.Add((byte)What);
            return;
        }

        var at = (int)(Where % (uint)bytes.Count);
        var count = (int)Math.Min(1 + (What % 16), (uint)(bytes.Count - at));
        switch (Kind % 6)
        {
            case 0:
                bytes[at] ^= (byte)(1 << (int)(What % 8));
                break;
            case 1:
                bytes[at] = (byte)What;
                break;
            case 2:
                bytes.RemoveRange(at, count);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, count));
                break;
            case 4:
                bytes.Insert(at, (byte)Interesting[What % Interesting.Length]);
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    /// <summary>Changes a conversation: bytes, fields of frame headers, or the order of frames.</summary>
    /// <param name="frames">Each a whole frame; the first may be a preface.</param>
    /// <param name="others">Frames of other conversations.</param>
    public void ApplyToFrames(List<byte[]> frames, IReadOnlyList<byte[]> others)
    {
        if (frames.Count == 0)
        {
            frames.Add(others[(int)(What % (uint)others.Count)]);
            return;
        }

        var at = (int)(Where % (uint)frames.Count);
        var frame = (byte[])frames[at].Clone();
        var interesting = Interesting[What % Interesting.Length];
        switch (Kind)
        {
            case < 3:
                List<byte> bytes = [.. frame];
                (this with { Where = Where / (uint)frames.Count }).ApplyToBytes(bytes);
                frames[at] = What % 2 == 0 ? [.. bytes] : WithLength([.. bytes]);
                break;
            case 3 when frame.Length >= 9: // type
                frame[3] = (byte)(What % 11);
                frames[at] = frame;
                break;
            case 4 when frame.Length >= 9: // flags
                frame[4] = (byte)What;
                frames[at] = frame;
                break;
            case 5 when frame.Length >= 9: // stream
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), What % 4 == 0 ? interesting : What % 12);
                frames[at] = frame;
                break;
            case 6 when frame.Length >= 13: // the first number of the payload: an increment, a code, a last stream
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(9), interesting);
                frames[at] = frame;
                break;
            case 7:
                frames.RemoveAt(at);
                break;
            case 8:
                frames.InsertRange(at, Enumerable.Repeat(frame, (int)(1 + (What % 8))));
                break;
            case 9:
                var to = (int)(What % (uint)frames.Count);
                (frames[at], frames[to]) = (frames[to], frames[at]);
                break;
            default:
                frames.Insert(at + 1, others[(int)(What % (uint)others.Count)]);
                break;
        }
    }

    /// <summary>Cuts a conversation into its frames; what is none is one piece.</summary>
    public static List<byte[]> Split(ReadOnlySpan<byte> input)
    {
        List<byte[]> frames = [];
        if (input.StartsWith(Peer.Frames.Preface))
        {
            frames.Add(Peer.Frames.Preface);
            input = input[Peer.Frames.Preface.Length..];
        }

        while (input.Length >= 9)
        {
            var length = 9 + ((input[0] << 16) | (input[1] << 8) | input[2]);
            if (length > input.Length)
            {
                break;
            }

            frames.Add(input[..length].ToArray());
            input = input[length..];
        }

        if (!input.IsEmpty)
        {
            frames.Add(input.ToArray());
        }

        return frames;
    }

    private static byte[] WithLength(byte[] frame)
    {
        if (frame.Length >= 9)
        {
            var length = frame.Length - 9;
            (frame[0], frame[1], frame[2]) = ((byte)(length >> 16), (byte)(length >> 8), (byte)length);
        }

        return frame;
    }
}
