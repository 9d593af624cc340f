using System.Buffers.Binary;
using System.Globalization;

namespace Mesh.Messaging.Delivering;

/// <summary>What one delivery is acknowledged by. It is over with the lease, and of no use for any other delivery, of the same message as well.</summary>
/// <param name="Entry">The message's number.</param>
/// <param name="Nonce">This lease's.</param>
public readonly record struct LeaseToken(long Entry, long Nonce)
{
    private const int Digits = 32;

    /// <summary>Whether a text is one that <see cref="ToString"/> has made.</summary>
    public static bool TryParse(string? text, out LeaseToken token)
    {
        token = default;
        if (text is not { Length: Digits }
            || !long.TryParse(text.AsSpan(0, Digits / 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var entry)
            || !long.TryParse(text.AsSpan(Digits / 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var nonce))
        {
            return false;
        }

        token = new LeaseToken(entry, nonce);
        return true;
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Entry);
        BinaryPrimitives.WriteInt64BigEndian(bytes[sizeof(long)..], Nonce);
        return Convert.ToHexStringLower(bytes);
    }
}
