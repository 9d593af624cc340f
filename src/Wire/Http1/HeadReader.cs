using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>
/// What reading a request's head and a response's have in common: lines, fields, what is taken off, and the part of a head that has
/// come so far. A head that lies whole in what came is read in place; of one that does not, its fields and the line it ends in are kept.
/// </summary>
/// <param name="scratch">The loop's.</param>
/// <param name="limits">Of a head.</param>
internal abstract class HeadReader(ConnectionScratch scratch, Http1Limits limits)
{
    /// <summary>Section 2.2 of RFC 9112 asks for one to be ignored.</summary>
    private const int MostEmptyLines = 8;

    private readonly LineReader _lines = new(scratch, limits.MaxListSize);
    private FieldSection _section = new(limits);

    /// <summary>The fields of a head of which a part has come.</summary>
    private HeaderList? _held;
    private bool _hasStarted;
    private int _lineBytes;
    private int _emptyLines;

    /// <summary>The rule that was broken; null while none is. After one the reader is of no more use.</summary>
    public Http1Fault? Fault { get; private set; }

    /// <summary>A head has begun and has not ended.</summary>
    public bool IsWithin => _hasStarted || _lines.IsWithin;

    /// <summary>What the head under way says; complete when it has ended.</summary>
    protected MessageFacts Facts;

    /// <summary>What the fields under way say of the message's end and of the connection.</summary>
    protected HeadFields Fields;

    /// <summary>The first line, with which the section begins.</summary>
    protected abstract Http1Fault? OnStart(ReadOnlySpan<byte> line, HeaderList list, ref FieldSection section);

    /// <summary>A field that only one of the two knows.</summary>
    protected abstract Http1Fault? OnHost(ref FieldSection section, ReadOnlySpan<byte> value, HeaderList list);

    /// <summary>All has come.</summary>
    protected abstract Http1Fault? OnEnd(HeaderList list);

    /// <summary>Whether empty lines may come before the first.</summary>
    protected abstract bool AllowsEmptyLines { get; }

    /// <summary>Gives back what it holds, and forgets the head under way.</summary>
    public void Release()
    {
        _lines.Release();
        _hasStarted = false;
        _lineBytes = 0;
        _emptyLines = 0;
        if (_held is not null)
        {
            scratch.Return(_held);
            _held = null;
        }
    }

    protected ReadResult ReadHead(ReadOnlySpan<byte> bytes, HeaderList into, out int consumed)
    {
        consumed = 0;
        if (Fault is not null)
        {
            return ReadResult.Fault;
        }

        var list = _held ?? into;
        if (!_hasStarted)
        {
            list.Clear();
        }

        while (true)
        {
            switch (_lines.Read(bytes, ref consumed, out var line))
            {
                case LineResult.NeedMore:
                    Hold(list);
                    return ReadResult.NeedMore;
                case LineResult.TooLong:
                    return Fail(_hasStarted ? Http1Fault.HeadTooLarge : TooLongStart);
                case LineResult.BadEnd:
                    return Fail(Http1Fault.BadLineEnd);
            }

            var isEnd = line.IsEmpty && _hasStarted;
            if ((isEnd ? OnEnd(list) : OnLine(line, list)) is { } fault)
            {
                return Fail(fault);
            }

            if (isEnd)
            {
                if (_held is not null)
                {
                    into.CopyFrom(_held);
                }

                Release();
                return ReadResult.Done;
            }
        }
    }

    /// <summary>A first line above the limit.</summary>
    protected abstract Http1Fault TooLongStart { get; }

    private Http1Fault? OnLine(ReadOnlySpan<byte> line, HeaderList list)
    {
        if (!_hasStarted)
        {
            return OnFirstLine(line, list);
        }

        // White space around values does not count in a list, but is read: bounded as a block of HTTP/2 is.
        _lineBytes += line.Length;
        if (_lineBytes > 2 * limits.MaxListSize)
        {
            return Http1Fault.HeadTooLarge;
        }

        if (_section.Read(line, list, out var known, out var value) is { } fault)
        {
            return fault;
        }

        if (known == KnownHeader.Host)
        {
            return OnHost(ref _section, value, list);
        }

        return Fields.Add(known, value, list, ref _section);
    }

    private Http1Fault? OnFirstLine(ReadOnlySpan<byte> line, HeaderList list)
    {
        if (line.IsEmpty)
        {
            return AllowsEmptyLines && ++_emptyLines <= MostEmptyLines ? null : Http1Fault.EmptyLines;
        }

        Facts = default;
        Fields = new HeadFields();
        _hasStarted = true;
        return OnStart(line, list, ref _section) ?? (list.Size > limits.MaxListSize ? TooLongStart : null);
    }

    /// <summary>Keeps what has been read of a head: the caller's list is another's when the rest comes.</summary>
    private void Hold(HeaderList list)
    {
        if (_hasStarted && _held is null)
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
