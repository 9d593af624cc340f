namespace Mesh.Wire.Http2.Hpack;

/// <summary>The static table (RFC 7541 appendix A), laid out like a dynamic one so that the decoder copies from both alike. Read only.</summary>
internal static class StaticTable
{
    /// <summary>How many entries there are; their indexes run from 1.</summary>
    public const int Count = 61;

    /// <summary>Name and value of each entry behind each other, and <see cref="PaddedCopy.Slack"/>.</summary>
    public static readonly byte[] Bytes = new byte[2048];

    /// <summary>The entries by their index; 0 is none.</summary>
    public static readonly TableEntry[] Entries = new TableEntry[Count + 1];

    // The first index of each name: what a literal with an indexed name refers to.
    private static readonly byte[] NameIndex = new byte[KnownHeaders.Count];

    static StaticTable()
    {
        var next = 1;
        var offset = 0;
        Add(KnownHeader.Authority);
        Add(KnownHeader.Method, "GET"u8);
        Add(KnownHeader.Method, "POST"u8);
        Add(KnownHeader.Path, "/"u8);
        Add(KnownHeader.Path, "/index.html"u8);
        Add(KnownHeader.Scheme, "http"u8);
        Add(KnownHeader.Scheme, "https"u8);
        Add(KnownHeader.Status, "200"u8);
        Add(KnownHeader.Status, "204"u8);
        Add(KnownHeader.Status, "206"u8);
        Add(KnownHeader.Status, "304"u8);
        Add(KnownHeader.Status, "400"u8);
        Add(KnownHeader.Status, "404"u8);
        Add(KnownHeader.Status, "500"u8);
        Add(KnownHeader.AcceptCharset);
        Add(KnownHeader.AcceptEncoding, "gzip, deflate"u8);
        Add(KnownHeader.AcceptLanguage);
        Add(KnownHeader.AcceptRanges);
        Add(KnownHeader.Accept);
        Add(KnownHeader.AccessControlAllowOrigin);
        Add(KnownHeader.Age);
        Add(KnownHeader.Allow);
        Add(KnownHeader.Authorization);
        Add(KnownHeader.CacheControl);
        Add(KnownHeader.ContentDisposition);
        Add(KnownHeader.ContentEncoding);
        Add(KnownHeader.ContentLanguage);
        Add(KnownHeader.ContentLength);
        Add(KnownHeader.ContentLocation);
        Add(KnownHeader.ContentRange);
        Add(KnownHeader.ContentType);
        Add(KnownHeader.Cookie);
        Add(KnownHeader.Date);
        Add(KnownHeader.ETag);
        Add(KnownHeader.Expect);
        Add(KnownHeader.Expires);
        Add(KnownHeader.From);
        Add(KnownHeader.Host);
        Add(KnownHeader.IfMatch);
        Add(KnownHeader.IfModifiedSince);
        Add(KnownHeader.IfNoneMatch);
        Add(KnownHeader.IfRange);
        Add(KnownHeader.IfUnmodifiedSince);
        Add(KnownHeader.LastModified);
        Add(KnownHeader.Link);
        Add(KnownHeader.Location);
        Add(KnownHeader.MaxForwards);
        Add(KnownHeader.ProxyAuthenticate);
        Add(KnownHeader.ProxyAuthorization);
        Add(KnownHeader.Range);
        Add(KnownHeader.Referer);
        Add(KnownHeader.Refresh);
        Add(KnownHeader.RetryAfter);
        Add(KnownHeader.Server);
        Add(KnownHeader.SetCookie);
        Add(KnownHeader.StrictTransportSecurity);
        Add(KnownHeader.TransferEncoding);
        Add(KnownHeader.UserAgent);
        Add(KnownHeader.Vary);
        Add(KnownHeader.Via);
        Add(KnownHeader.WwwAuthenticate);

        void Add(KnownHeader known, ReadOnlySpan<byte> value = default)
        {
            var name = KnownHeaders.NameOf(known);
            name.CopyTo(Bytes.AsSpan(offset));
            value.CopyTo(Bytes.AsSpan(offset + name.Length));
            Entries[next] = new TableEntry
            {
                Offset = offset,
                NameLength = name.Length,
                ValueLength = value.Length,
                Hash = FieldHash.Of(known, name, value),
                Known = known,
            };
            if (NameIndex[(int)known] == 0)
            {
                NameIndex[(int)known] = (byte)next;
            }

            offset += name.Length + value.Length;
            next++;
        }
    }

    /// <summary>The index of an entry with that name, or 0.</summary>
    public static int IndexOfName(KnownHeader known) => NameIndex[(int)known];

    /// <summary>
    /// The index of the entry with that name and value, or 0. Entries without a value are not found: an empty value of those
    /// names is rare, and the question is asked for every field.
    /// </summary>
    public static int IndexOf(KnownHeader known, ReadOnlySpan<byte> value)
        => known is KnownHeader.Method or KnownHeader.Path or KnownHeader.Scheme or KnownHeader.Status or KnownHeader.AcceptEncoding
            ? IndexOfValue(known, value)
            : 0;

    private static int IndexOfValue(KnownHeader known, ReadOnlySpan<byte> value)
    {
        // Entries of one name are neighbours, and none with a value is the last.
        for (int index = NameIndex[(int)known]; Entries[index].Known == known; index++)
        {
            ref readonly var entry = ref Entries[index];
            if (value.SequenceEqual(Bytes.AsSpan(entry.Offset + entry.NameLength, entry.ValueLength)))
            {
                return index;
            }
        }

        return 0;
    }
}
