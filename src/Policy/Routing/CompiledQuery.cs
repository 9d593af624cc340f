using System.Text;

namespace Mesh.Policy.Routing;

/// <summary>
/// A condition on one parameter of the query, as forms write them (URL standard, section 5.1): pairs between <c>&amp;</c>, percent-encoded,
/// with <c>+</c> for a space. Immutable, allocates nothing per call.
/// </summary>
internal sealed class CompiledQuery(QueryMatchOptions match)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(match.Name);
    private readonly byte[]? _value = match.Exact is null ? null : Encoding.UTF8.GetBytes(match.Exact);

    /// <summary>Whether the first parameter of the name is as it is to be.</summary>
    /// <param name="query">What is behind the question mark.</param>
    public bool Matches(ReadOnlySpan<byte> query)
    {
        foreach (var range in query.Split((byte)'&'))
        {
            var pair = query[range];
            var equals = pair.IndexOf((byte)'=');
            if (pair.Length > 0 && Means(equals < 0 ? pair : pair[..equals], _name))
            {
                return _value is null || Means(equals < 0 ? default : pair[(equals + 1)..], _value);
            }
        }

        return false;
    }

    private static bool Means(ReadOnlySpan<byte> written, ReadOnlySpan<byte> plain)
    {
        foreach (var expected in plain)
        {
            if (written.IsEmpty)
            {
                return false;
            }

            var (read, length) = written switch
            {
                [(byte)'%', var high, var low, ..] when char.IsAsciiHexDigit((char)high) && char.IsAsciiHexDigit((char)low)
                    => ((byte)((Digit(high) << 4) | Digit(low)), 3),
                [(byte)'+', ..] => ((byte)' ', 1),
                _ => (written[0], 1),
            };
            if (read != expected)
            {
                return false;
            }

            written = written[length..];
        }

        return written.IsEmpty;
    }

    private static int Digit(byte hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
