namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// Remembers the hashes of fields seen lately, one for each of a few places, so that a newer one takes the place of an older. The
/// number of places is about that of the entries a table of 4096 octets holds: what comes back only after more other
/// fields than that would be evicted before it was used. Owned by one encoder.
/// </summary>
internal sealed class SightingFilter
{
    private const int Places = 64;

    private uint[] _hashes = [];

    /// <summary>Whether that field was seen lately; from now on it was.</summary>
    public bool See(uint hash)
    {
        if (_hashes.Length == 0)
        {
            _hashes = new uint[Places];
        }

        // The lowest bit of a field's hash is always set.
        ref var place = ref _hashes[(hash >> 1) % Places];
        var seen = place == hash;
        place = hash;
        return seen;
    }
}
