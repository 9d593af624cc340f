namespace Mesh.Wire.Http2.Hpack;

/// <summary>What the encoder does with a field that is not in the static table.</summary>
internal enum Indexing : byte
{
    /// <summary>Worth an entry of the dynamic table.</summary>
    Index = 0,

    /// <summary>Literal without indexing (RFC 7541 section 6.2.2): new with each message, so an entry would only displace a useful one.</summary>
    Literal,

    /// <summary>Never indexed (section 6.2.3): a secret, which no table on its way may make guessable.</summary>
    Never,
}

/// <summary>Decides by the name, and where it matters by the length, what deserves an entry. Stateless; any thread.</summary>
internal static class IndexingPolicy
{
    // gRPC paths are far shorter and repeat; a long one carries a query, which does not.
    private const int LongestIndexedPath = 256;

    // A short cookie can be guessed byte by byte through the size of a block; a long one cannot (RFC 7541 section 7.1.3), and saves much.
    private const int ShortestIndexedCookie = 20;

    private static readonly Indexing[] ByName = Rules();

    public static Indexing For(KnownHeader known, int valueLength)
    {
        var rule = ByName[(int)known];
        return known switch
        {
            KnownHeader.Path when valueLength > LongestIndexedPath => Indexing.Literal,
            KnownHeader.Cookie when valueLength < ShortestIndexedCookie => Indexing.Never,
            _ => rule,
        };
    }

    private static Indexing[] Rules()
    {
        var rules = new Indexing[KnownHeaders.Count];
        foreach (var secret in (ReadOnlySpan<KnownHeader>)[KnownHeader.Authorization, KnownHeader.ProxyAuthorization])
        {
            rules[(int)secret] = Indexing.Never;
        }

        foreach (var changing in (ReadOnlySpan<KnownHeader>)
        [
            KnownHeader.Age,
            KnownHeader.B3,
            KnownHeader.B3ParentSpanId,
            KnownHeader.B3SpanId,
            KnownHeader.B3TraceId,
            KnownHeader.ContentLength,
            KnownHeader.ContentRange,
            KnownHeader.Date,
            KnownHeader.EndpointLoadMetricsBin,
            KnownHeader.ETag,
            KnownHeader.Expires,
            KnownHeader.GrpcMessage,
            KnownHeader.GrpcRetryPushbackMs,
            KnownHeader.GrpcStatusDetailsBin,
            KnownHeader.GrpcTagsBin,
            KnownHeader.GrpcTimeout,
            KnownHeader.GrpcTraceBin,
            KnownHeader.IfModifiedSince,
            KnownHeader.IfNoneMatch,
            KnownHeader.LastModified,
            KnownHeader.Location,
            KnownHeader.SetCookie,
            KnownHeader.Traceparent,
            KnownHeader.Tracestate,
            KnownHeader.XRequestId,
        ])
        {
            rules[(int)changing] = Indexing.Literal;
        }

        return rules;
    }
}
