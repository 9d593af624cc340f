using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>
/// What Connection says (RFC 9110 section 7.6.1), over all its lines. The fields it names are for one connection and taken off; those
/// that frame, route or guard a message stay, whoever names them.
/// </summary>
internal struct ConnectionOptions
{
    /// <summary>Each is compared with every field.</summary>
    private const int Most = 64;

    private int _count;

    public bool Closes;

    public bool KeepsAlive;

    public bool Upgrades;

    /// <summary>Some of them name fields.</summary>
    public bool NameFields;

    public Http1Fault? Add(ReadOnlySpan<byte> value)
    {
        foreach (var option in new ListElements(value))
        {
            if (++_count > Most)
            {
                return Http1Fault.TooManyOptions;
            }

            if (Ascii.EqualsIgnoreCase(option, "close"u8))
            {
                Closes = true;
            }
            else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
            {
                KeepsAlive = true;
            }
            else if (Ascii.EqualsIgnoreCase(option, "upgrade"u8))
            {
                Upgrades = true;
            }
            else
            {
                NameFields |= !option.IsEmpty && !Ascii.EqualsIgnoreCase(option, "te"u8);
            }
        }

        return null;
    }

    /// <summary>Takes the fields off that Connection names, and Connection, whose lines are still in the list.</summary>
    public static void TakeOff(HeaderList list)
    {
        int at;
        while ((at = list.IndexOf(KnownHeader.Connection)) >= 0)
        {
            // The bytes of a field that is removed stay where they are.
            var options = list.ValueAt(at);
            list.RemoveAt(at);
            foreach (var option in new ListElements(options))
            {
                TakeOff(list, option);
            }
        }
    }

    private static void TakeOff(HeaderList list, ReadOnlySpan<byte> name)
    {
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (Ascii.EqualsIgnoreCase(list.NameAt(i), name) && !Stays(list.KnownAt(i)))
            {
                list.RemoveAt(i);
            }
        }
    }

    private static bool Stays(KnownHeader known) => known is KnownHeader.Authority or KnownHeader.Method or KnownHeader.Path
        or KnownHeader.Scheme or KnownHeader.Status or KnownHeader.Connection or KnownHeader.ContentLength or KnownHeader.Host
        or KnownHeader.Te or KnownHeader.Upgrade or KnownHeader.Expect;
}
