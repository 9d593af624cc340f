using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>Reads the section of trailers behind the last chunk, up to the empty line (RFC 9112 section 7.1.2).</summary>
/// <param name="scratch">The loop's.</param>
/// <param name="limits">Of the section.</param>
internal sealed class TrailerReader(ConnectionScratch scratch, Http1Limits limits)
{
    private readonly LineReader _lines = new(scratch, limits.MaxListSize);
    private FieldSection _section = new(limits);
    private HeaderList? _held;
    private bool _hasStarted;
    private int _lineBytes;

    /// <summary>The rule that was broken.</summary>
    public Http1Fault? Fault { get; private set; }

    /// <summary>Reads on; done when the empty line has come.</summary>
    public ReadResult Read(ReadOnlySpan<byte> bytes, HeaderList into, scoped ref int position)
    {
        var list = _held ?? into;
        if (_held is null)
        {
            list.Clear();
        }

        if (!_hasStarted)
        {
            _section.Begin(0, 0);
            _lineBytes = 0;
            _hasStarted = true;
        }

        while (true)
        {
            switch (_lines.Read(bytes, ref position, out var line))
            {
                case LineResult.NeedMore:
                    Hold(list);
                    return ReadResult.NeedMore;
                case LineResult.TooLong:
                    return Fail(Http1Fault.HeadTooLarge);
                case LineResult.BadEnd:
                    return Fail(Http1Fault.BadLineEnd);
            }

            if (line.IsEmpty)
            {
                if (_held is not null)
                {
                    into.CopyFrom(_held);
                }

                Release();
                return ReadResult.Done;
            }

            if (OnLine(line, list) is { } fault)
            {
                return Fail(fault);
            }
        }
    }

    /// <summary>Gives back what it holds, and forgets the section under way.</summary>
    public void Release()
    {
        _lines.Release();
        _hasStarted = false;
        if (_held is not null)
        {
            scratch.Return(_held);
            _held = null;
        }
    }

    private Http1Fault? OnLine(ReadOnlySpan<byte> line, HeaderList list)
    {
        _lineBytes += line.Length;
        if (_lineBytes > 2 * limits.MaxListSize)
        {
            return Http1Fault.HeadTooLarge;
        }

        if (_section.Read(line, list, out var known, out var value) is { } fault)
        {
            return fault;
        }

        switch (known)
        {
            // RFC 9110 section 6.5.1: who merged these into the head would see another message.
            case KnownHeader.ContentLength or KnownHeader.TransferEncoding or KnownHeader.Host:
                return Http1Fault.BadTrailer;

            // They are for one connection, and say nothing here.
            case KnownHeader.Connection or KnownHeader.KeepAlive or KnownHeader.ProxyConnection or KnownHeader.Te or KnownHeader.Upgrade:
                return null;

            default:
                _section.Keep(list, value);
                return null;
        }
    }

    private void Hold(HeaderList list)
    {
        if (list.Count > 0 && _held is null)
        {
            _held = scratch.RentList();
            _held.CopyFrom(list);
        }
    }

    private ReadResult Fail(Http1Fault fault)
    {
        Release();
        Fault = fault;
        return ReadResult.Fault;
    }
}
