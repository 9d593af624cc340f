namespace Mesh.Wire.Http2.Hpack;

/// <summary>Maps header names to <see cref="KnownHeader"/> and back. Stateless; any thread.</summary>
public static class KnownHeaders
{
    /// <summary>How many values <see cref="KnownHeader"/> has, <see cref="KnownHeader.Unknown"/> included: the length of a table indexed by it.</summary>
    internal const int Count = (int)KnownHeader.XForwardedClientCert + 1;

    /// <summary>The known header of exactly these bytes, or <see cref="KnownHeader.Unknown"/>.</summary>
    public static KnownHeader Find(ReadOnlySpan<byte> name)
    {
        // The length and one byte leave a single candidate (two at most), so that a look-up is one comparison.
        var candidate = Candidate(name);
        return candidate != KnownHeader.Unknown && name.SequenceEqual(NameOf(candidate)) ? candidate : KnownHeader.Unknown;
    }

    /// <summary>The bytes of the name; empty for <see cref="KnownHeader.Unknown"/>.</summary>
    public static ReadOnlySpan<byte> NameOf(KnownHeader header) => header switch
    {
        KnownHeader.Authority => ":authority"u8,
        KnownHeader.Method => ":method"u8,
        KnownHeader.Path => ":path"u8,
        KnownHeader.Scheme => ":scheme"u8,
        KnownHeader.Status => ":status"u8,
        KnownHeader.Protocol => ":protocol"u8,
        KnownHeader.Te => "te"u8,
        KnownHeader.ContentType => "content-type"u8,
        KnownHeader.ContentLength => "content-length"u8,
        KnownHeader.UserAgent => "user-agent"u8,
        KnownHeader.Host => "host"u8,
        KnownHeader.Connection => "connection"u8,
        KnownHeader.KeepAlive => "keep-alive"u8,
        KnownHeader.ProxyConnection => "proxy-connection"u8,
        KnownHeader.TransferEncoding => "transfer-encoding"u8,
        KnownHeader.Upgrade => "upgrade"u8,
        KnownHeader.GrpcTimeout => "grpc-timeout"u8,
        KnownHeader.GrpcStatus => "grpc-status"u8,
        KnownHeader.GrpcMessage => "grpc-message"u8,
        KnownHeader.GrpcEncoding => "grpc-encoding"u8,
        KnownHeader.GrpcAcceptEncoding => "grpc-accept-encoding"u8,
        KnownHeader.GrpcStatusDetailsBin => "grpc-status-details-bin"u8,
        KnownHeader.GrpcPreviousRpcAttempts => "grpc-previous-rpc-attempts"u8,
        KnownHeader.GrpcRetryPushbackMs => "grpc-retry-pushback-ms"u8,
        KnownHeader.Traceparent => "traceparent"u8,
        KnownHeader.Tracestate => "tracestate"u8,
        KnownHeader.Baggage => "baggage"u8,
        KnownHeader.Cookie => "cookie"u8,
        KnownHeader.Expect => "expect"u8,
        KnownHeader.Accept => "accept"u8,
        KnownHeader.AcceptCharset => "accept-charset"u8,
        KnownHeader.AcceptEncoding => "accept-encoding"u8,
        KnownHeader.AcceptLanguage => "accept-language"u8,
        KnownHeader.AcceptRanges => "accept-ranges"u8,
        KnownHeader.AccessControlAllowOrigin => "access-control-allow-origin"u8,
        KnownHeader.Age => "age"u8,
        KnownHeader.Allow => "allow"u8,
        KnownHeader.Authorization => "authorization"u8,
        KnownHeader.CacheControl => "cache-control"u8,
        KnownHeader.ContentDisposition => "content-disposition"u8,
        KnownHeader.ContentEncoding => "content-encoding"u8,
        KnownHeader.ContentLanguage => "content-language"u8,
        KnownHeader.ContentLocation => "content-location"u8,
        KnownHeader.ContentRange => "content-range"u8,
        KnownHeader.Date => "date"u8,
        KnownHeader.ETag => "etag"u8,
        KnownHeader.Expires => "expires"u8,
        KnownHeader.From => "from"u8,
        KnownHeader.IfMatch => "if-match"u8,
        KnownHeader.IfModifiedSince => "if-modified-since"u8,
        KnownHeader.IfNoneMatch => "if-none-match"u8,
        KnownHeader.IfRange => "if-range"u8,
        KnownHeader.IfUnmodifiedSince => "if-unmodified-since"u8,
        KnownHeader.LastModified => "last-modified"u8,
        KnownHeader.Link => "link"u8,
        KnownHeader.Location => "location"u8,
        KnownHeader.MaxForwards => "max-forwards"u8,
        KnownHeader.ProxyAuthenticate => "proxy-authenticate"u8,
        KnownHeader.ProxyAuthorization => "proxy-authorization"u8,
        KnownHeader.Range => "range"u8,
        KnownHeader.Referer => "referer"u8,
        KnownHeader.Refresh => "refresh"u8,
        KnownHeader.RetryAfter => "retry-after"u8,
        KnownHeader.Server => "server"u8,
        KnownHeader.SetCookie => "set-cookie"u8,
        KnownHeader.StrictTransportSecurity => "strict-transport-security"u8,
        KnownHeader.Vary => "vary"u8,
        KnownHeader.Via => "via"u8,
        KnownHeader.WwwAuthenticate => "www-authenticate"u8,
        KnownHeader.Trailer => "trailer"u8,
        KnownHeader.Priority => "priority"u8,
        KnownHeader.B3 => "b3"u8,
        KnownHeader.B3TraceId => "x-b3-traceid"u8,
        KnownHeader.B3SpanId => "x-b3-spanid"u8,
        KnownHeader.B3ParentSpanId => "x-b3-parentspanid"u8,
        KnownHeader.B3Sampled => "x-b3-sampled"u8,
        KnownHeader.B3Flags => "x-b3-flags"u8,
        KnownHeader.GrpcTraceBin => "grpc-trace-bin"u8,
        KnownHeader.GrpcTagsBin => "grpc-tags-bin"u8,
        KnownHeader.EndpointLoadMetricsBin => "endpoint-load-metrics-bin"u8,
        KnownHeader.Forwarded => "forwarded"u8,
        KnownHeader.XForwardedFor => "x-forwarded-for"u8,
        KnownHeader.XForwardedHost => "x-forwarded-host"u8,
        KnownHeader.XForwardedProto => "x-forwarded-proto"u8,
        KnownHeader.XRequestId => "x-request-id"u8,
        KnownHeader.XMeshHops => "x-mesh-hops"u8,
        KnownHeader.XForwardedClientCert => "x-forwarded-client-cert"u8,
        _ => default,
    };

    private static KnownHeader Candidate(ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 2:
                return name[0] switch
                {
                    (byte)'t' => KnownHeader.Te,
                    (byte)'b' => KnownHeader.B3,
                    _ => KnownHeader.Unknown,
                };
            case 3:
                return name[0] switch
                {
                    (byte)'a' => KnownHeader.Age,
                    (byte)'v' => KnownHeader.Via,
                    _ => KnownHeader.Unknown,
                };
            case 4:
                return name[0] switch
                {
                    (byte)'h' => KnownHeader.Host,
                    (byte)'d' => KnownHeader.Date,
                    (byte)'e' => KnownHeader.ETag,
                    (byte)'f' => KnownHeader.From,
                    (byte)'l' => KnownHeader.Link,
                    (byte)'v' => KnownHeader.Vary,
                    _ => KnownHeader.Unknown,
                };
            case 5:
                return name[0] switch
                {
                    (byte)':' => KnownHeader.Path,
                    (byte)'a' => KnownHeader.Allow,
                    (byte)'r' => KnownHeader.Range,
                    _ => KnownHeader.Unknown,
                };
            case 6:
                return name[0] switch
                {
                    (byte)'c' => KnownHeader.Cookie,
                    (byte)'e' => KnownHeader.Expect,
                    (byte)'a' => KnownHeader.Accept,
                    (byte)'s' => KnownHeader.Server,
                    _ => KnownHeader.Unknown,
                };
            case 7:
                return name[1] switch
                {
                    (byte)'m' => KnownHeader.Method,
                    (byte)'s' => name[2] == (byte)'c' ? KnownHeader.Scheme : KnownHeader.Status,
                    (byte)'p' => KnownHeader.Upgrade,
                    (byte)'a' => KnownHeader.Baggage,
                    (byte)'x' => KnownHeader.Expires,
                    (byte)'e' => name[3] == (byte)'e' ? KnownHeader.Referer : KnownHeader.Refresh,
                    (byte)'r' => KnownHeader.Trailer,
                    _ => KnownHeader.Unknown,
                };
            case 8:
                return name[3] switch
                {
                    (byte)'m' => KnownHeader.IfMatch,
                    (byte)'r' => KnownHeader.IfRange,
                    (byte)'a' => KnownHeader.Location,
                    (byte)'o' => KnownHeader.Priority,
                    _ => KnownHeader.Unknown,
                };
            case 9:
                return name[0] switch
                {
                    (byte)':' => KnownHeader.Protocol,
                    (byte)'f' => KnownHeader.Forwarded,
                    _ => KnownHeader.Unknown,
                };
            case 10:
                return name[0] switch
                {
                    (byte)':' => KnownHeader.Authority,
                    (byte)'u' => KnownHeader.UserAgent,
                    (byte)'c' => KnownHeader.Connection,
                    (byte)'k' => KnownHeader.KeepAlive,
                    (byte)'t' => KnownHeader.Tracestate,
                    (byte)'s' => KnownHeader.SetCookie,
                    (byte)'x' => KnownHeader.B3Flags,
                    _ => KnownHeader.Unknown,
                };
            case 11:
                return name[0] switch
                {
                    (byte)'g' => KnownHeader.GrpcStatus,
                    (byte)'t' => KnownHeader.Traceparent,
                    (byte)'r' => KnownHeader.RetryAfter,
                    (byte)'x' => name[2] == (byte)'b' ? KnownHeader.B3SpanId : KnownHeader.XMeshHops,
                    _ => KnownHeader.Unknown,
                };
            case 12:
                return name[9] switch
                {
                    (byte)'y' => KnownHeader.ContentType,
                    (byte)'o' => KnownHeader.GrpcTimeout,
                    (byte)'a' => KnownHeader.GrpcMessage,
                    (byte)'r' => KnownHeader.MaxForwards,
                    (byte)'e' => KnownHeader.B3TraceId,
                    (byte)'l' => KnownHeader.B3Sampled,
                    (byte)'-' => KnownHeader.XRequestId,
                    _ => KnownHeader.Unknown,
                };
            case 13:
                return name[6] switch
                {
                    (byte)'n' => KnownHeader.GrpcEncoding,
                    (byte)'-' => KnownHeader.AcceptRanges,
                    (byte)'i' => KnownHeader.Authorization,
                    (byte)'c' => KnownHeader.CacheControl,
                    (byte)'t' => KnownHeader.ContentRange,
                    (byte)'e' => KnownHeader.IfNoneMatch,
                    (byte)'o' => KnownHeader.LastModified,
                    (byte)'a' => KnownHeader.GrpcTagsBin,
                    _ => KnownHeader.Unknown,
                };
            case 14:
                return name[0] switch
                {
                    (byte)'c' => KnownHeader.ContentLength,
                    (byte)'a' => KnownHeader.AcceptCharset,
                    (byte)'g' => KnownHeader.GrpcTraceBin,
                    _ => KnownHeader.Unknown,
                };
            case 15:
                return name[7] switch
                {
                    (byte)'e' => KnownHeader.AcceptEncoding,
                    (byte)'l' => KnownHeader.AcceptLanguage,
                    (byte)'r' => KnownHeader.XForwardedFor,
                    _ => KnownHeader.Unknown,
                };
            case 16:
                return name[11] switch
                {
                    (byte)'c' => KnownHeader.ProxyConnection,
                    (byte)'o' => KnownHeader.ContentEncoding,
                    (byte)'g' => KnownHeader.ContentLanguage,
                    (byte)'a' => KnownHeader.ContentLocation,
                    (byte)'i' => KnownHeader.WwwAuthenticate,
                    (byte)'-' => KnownHeader.XForwardedHost,
                    _ => KnownHeader.Unknown,
                };
            case 17:
                return name[2] switch
                {
                    (byte)'a' => KnownHeader.TransferEncoding,
                    (byte)'-' => KnownHeader.IfModifiedSince,
                    (byte)'b' => KnownHeader.B3ParentSpanId,
                    (byte)'f' => KnownHeader.XForwardedProto,
                    _ => KnownHeader.Unknown,
                };
            case 18:
                return KnownHeader.ProxyAuthenticate;
            case 19:
                return name[0] switch
                {
                    (byte)'c' => KnownHeader.ContentDisposition,
                    (byte)'i' => KnownHeader.IfUnmodifiedSince,
                    (byte)'p' => KnownHeader.ProxyAuthorization,
                    _ => KnownHeader.Unknown,
                };
            case 20:
                return KnownHeader.GrpcAcceptEncoding;
            case 22:
                return KnownHeader.GrpcRetryPushbackMs;
            case 23:
                return name[0] switch
                {
                    (byte)'g' => KnownHeader.GrpcStatusDetailsBin,
                    (byte)'x' => KnownHeader.XForwardedClientCert,
                    _ => KnownHeader.Unknown,
                };
            case 25:
                return name[0] switch
                {
                    (byte)'s' => KnownHeader.StrictTransportSecurity,
                    (byte)'e' => KnownHeader.EndpointLoadMetricsBin,
                    _ => KnownHeader.Unknown,
                };
            case 26:
                return KnownHeader.GrpcPreviousRpcAttempts;
            case 27:
                return KnownHeader.AccessControlAllowOrigin;
            default:
                return KnownHeader.Unknown;
        }
    }
}
