using System.Runtime.CompilerServices;

namespace Mesh.Policy.Retrying;

/// <summary>HTTP statuses from 400 to 599, a bit each. Immutable.</summary>
public readonly record struct HttpStatusSet
{
    private const int First = 400;
    private const int Last = 599;

    private readonly Bits _bits;

    /// <summary>The set of the given statuses; others than 400 to 599 are left out.</summary>
    public HttpStatusSet(IEnumerable<int> statuses)
    {
        foreach (var status in statuses)
        {
            if (status is >= First and <= Last)
            {
                _bits[(status - First) / 64] |= 1UL << ((status - First) % 64);
            }
        }
    }

    /// <summary>Whether the status is in the set.</summary>
    public bool Contains(int status)
        => status is >= First and <= Last && (_bits[(status - First) / 64] >> ((status - First) % 64) & 1) != 0;

    [InlineArray(4)]
    private struct Bits
    {
        private ulong _word;
    }
}
