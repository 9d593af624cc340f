using System.Buffers.Text;

namespace Mesh.Wire.Http1;

/// <summary>
/// <c>Keep-Alive: timeout=N</c>, by which many servers say after how many seconds without a request they close (first in RFC 2068
/// section 19.7.1.1; no later RFC has it). It is a hint: what cannot be read is as if it were not there. Pure.
/// </summary>
internal static class KeepAliveTimeout
{
    /// <summary>Nothing was said.</summary>
    public const int None = -1;

    /// <summary>A day; more means no more.</summary>
    private const int Most = 24 * 60 * 60;

    /// <summary>A request must arrive before the server's time is up, which began earlier than ours.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <returns>In seconds, of the first parameter that says so; <see cref="None"/> if none does.</returns>
    public static int Read(ReadOnlySpan<byte> value)
    {
        foreach (var parameter in new ListElements(value))
        {
            var equals = parameter.IndexOf((byte)'=');
            if (equals < 0 || !System.Text.Ascii.EqualsIgnoreCase(WhiteSpace.Trim(parameter[..equals]), "timeout"u8))
            {
                continue;
            }

            var digits = WhiteSpace.Trim(parameter[(equals + 1)..]);
            if (Utf8Parser.TryParse(digits, out uint seconds, out var used) && used == digits.Length)
            {
                return (int)Math.Min(seconds, Most);
            }
        }

        return None;
    }

    /// <summary>How long a connection may wait for its next request.</summary>
    /// <param name="seconds">What the server says, above 0.</param>
    public static TimeSpan Reuse(int seconds)
    {
        var said = TimeSpan.FromSeconds(seconds);
        return said - Margin > said / 2 ? said - Margin : said / 2;
    }
}
