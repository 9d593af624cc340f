using System.Text;

namespace Mesh.Wire.Http1;

/// <summary>The transfer codings of one message, over all lines that name some (RFC 9112 section 6.1).</summary>
internal struct TransferCodings
{
    private int _count;
    private bool _hasOthers;
    private bool _isChunked;
    private bool _isBroken;

    /// <summary>There is a field, whatever it names.</summary>
    public readonly bool AreGiven => _count > 0;

    public void Add(ReadOnlySpan<byte> value)
    {
        foreach (var coding in new ListElements(value))
        {
            _count++;

            // Nothing comes after chunked, least of all chunked (section 7.1).
            _isBroken |= _isChunked || coding.IsEmpty;
            if (Ascii.EqualsIgnoreCase(coding, "chunked"u8))
            {
                _isChunked = true;
            }
            else
            {
                _hasOthers = true;
            }
        }
    }

    /// <summary>Null if the message is chunked and nothing else. What else there is we would have to undo, and do not know how.</summary>
    public readonly Http1Fault? Check() =>
        _isBroken || !_isChunked ? Http1Fault.BadCoding : _hasOthers ? Http1Fault.UnknownCoding : null;
}
