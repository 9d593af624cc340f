using CsCheck;

namespace Mesh.Conformance.Fuzz.Http1;

/// <summary>One change to what is said in lines.</summary>
/// <param name="Kind">0 to <see cref="Kinds"/> - 1.</param>
/// <param name="Where">Any number.</param>
/// <param name="What">Any number.</param>
internal readonly record struct TextMutation(int Kind, uint Where, uint What)
{
    private const int Kinds = 12;

    /// <summary>Octets that end something, or that some readers take for another.</summary>
    private static readonly byte[] Octets = [.. " \t\r\n\0:;,/*#?@\"\\+-0189aAfFgx\u000b\u007f\u0080\u00ff"u8];

    public static readonly Gen<TextMutation> Any =
        Gen.Select(Gen.Int[0, Kinds - 1], Gen.UInt, Gen.UInt, (kind, where, what) => new TextMutation(kind, where, what));

    /// <summary>Changes octets, or the order of lines.</summary>
    /// <param name="lines">Each with its end.</param>
    /// <param name="others">Lines of other conversations.</param>
    public void Apply(List<byte[]> lines, byte[][] others)
    {
        var other = others[(int)(What % (uint)others.Length)];
        if (lines.Count == 0)
        {
            lines.Add(other);
            return;
        }

        var at = (int)(Where % (uint)lines.Count);
        switch (Kind)
        {
            case < 5:
                List<byte> octets = [.. lines[at]];
                ApplyToOctets(octets, (int)(Where / (uint)lines.Count % (uint)Math.Max(octets.Count, 1)));
                lines[at] = [.. octets];
                break;
            case 5:
                lines.RemoveAt(at);
                break;
            case 6:
                lines.InsertRange(at, Enumerable.Repeat(lines[at], (int)(1 + (What % 8))));
                break;
            case 7:
                var to = (int)(What % (uint)lines.Count);
                (lines[at], lines[to]) = (lines[to], lines[at]);
                break;
            case 8:
                lines[at] = other;
                break;
            case 9:
                lines.RemoveRange(at, lines.Count - at);
                break;
            default:
                lines.Insert(at + 1, other);
                break;
        }
    }

    private void ApplyToOctets(List<byte> octets, int at)
    {
        var octet = What % 8 == 0 ? (byte)(What >> 8) : Octets[(What >> 8) % Octets.Length];
        if (octets.Count == 0 || Kind == 1)
        {
            octets.Insert(at, octet);
            return;
        }

        switch (Kind)
        {
            case 0:
                octets[at] = octet;
                break;
            case 2:
                octets.RemoveAt(at);
                break;
            case 3:
                octets[at] ^= 0x20;
                break;
            default:
                octets.InsertRange(at, Enumerable.Repeat(octet, (int)(What % 2000)));
                break;
        }
    }
}
