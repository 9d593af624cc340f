using Mesh.Wire.Http2.Hpack;

namespace Mesh.Wire.Http1;

/// <summary>What the fields of a head say of its message's end and of its connection, as far as they have come.</summary>
internal struct HeadFields
{
    /// <summary>What Content-Length says; -1 if there is none.</summary>
    public long ContentLength = -1;

    public TransferCodings Codings;

    public ConnectionOptions Options;

    /// <summary>What Keep-Alive says, in seconds.</summary>
    public int KeepAliveSeconds = KeepAliveTimeout.None;

    private bool _hasTrailersInTe;

    public HeadFields()
    {
    }

    /// <summary>Takes a field; null if it may be there. Those that end at this connection are not added to the list.</summary>
    public Http1Fault? Add(KnownHeader known, ReadOnlySpan<byte> value, HeaderList list, ref FieldSection section)
    {
        switch (known)
        {
            case KnownHeader.ContentLength:
                return AddLength(value, list, ref section);

            case KnownHeader.TransferEncoding:
                Codings.Add(value);
                return null;

            case KnownHeader.Connection:
                var named = Options.NameFields;
                Options.NameFields = false;
                var fault = Options.Add(value);
                if (Options.NameFields)
                {
                    // Fields that it names may still come.
                    section.Keep(list, value);
                }

                Options.NameFields |= named;
                return fault;

            case KnownHeader.KeepAlive:
                if (KeepAliveSeconds == KeepAliveTimeout.None)
                {
                    KeepAliveSeconds = KeepAliveTimeout.Read(value);
                }

                return null;

            case KnownHeader.ProxyConnection:
                return null;

            case KnownHeader.Te:
                AddTe(value, list);
                return null;

            default:
                section.Keep(list, value);
                return null;
        }
    }

    /// <summary>Takes off what belongs to this connection alone. An upgrade stays where it is wanted.</summary>
    public readonly void TakeOff(HeaderList list, bool keepUpgrade)
    {
        if (Options.NameFields)
        {
            ConnectionOptions.TakeOff(list);
        }

        if (!keepUpgrade)
        {
            list.RemoveAll(KnownHeader.Upgrade);
        }
    }

    private Http1Fault? AddLength(ReadOnlySpan<byte> value, HeaderList list, ref FieldSection section)
    {
        var isFirst = ContentLength < 0;
        if (!Http1.ContentLength.TryRead(value, ref ContentLength))
        {
            return Http1Fault.BadLength;
        }

        if (isFirst)
        {
            section.Keep(list, Http1.ContentLength.IsPlain(value) ? value : Http1.ContentLength.Write(ContentLength, stackalloc byte[Http1.ContentLength.MostDigits]));
        }

        return null;
    }

    /// <summary>What else it says is about transfer codings, of which we know one (RFC 9110 section 10.1.4).</summary>
    private void AddTe(ReadOnlySpan<byte> value, HeaderList list)
    {
        foreach (var coding in new ListElements(value))
        {
            if (!_hasTrailersInTe && System.Text.Ascii.EqualsIgnoreCase(coding, "trailers"u8))
            {
                _hasTrailersInTe = true;
                list.Add(KnownHeader.Te, "trailers"u8);
            }
        }
    }
}
