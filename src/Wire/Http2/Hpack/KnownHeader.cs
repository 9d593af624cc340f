namespace Mesh.Wire.Http2.Hpack;

/// <summary>
/// Header names the mesh looks at or that are frequent, as a small integer, so that the request path compares integers
/// instead of bytes. Every name of the static table (RFC 7541 appendix A) is among them. Names are lower case (RFC 9113 section 8.2.1).
/// </summary>
public enum KnownHeader : byte
{
    /// <summary>Any other name: compare its bytes.</summary>
    Unknown = 0,

#pragma warning disable CS1591 // Each is the field of its name.
    Authority = 1, // :authority
    Method = 2, // :method
    Path = 3, // :path
    Scheme = 4, // :scheme
    Status = 5, // :status
    Protocol = 6, // :protocol
    Te = 7, // te
    ContentType = 8, // content-type
    ContentLength = 9, // content-length
    UserAgent = 10, // user-agent
    Host = 11, // host
    Connection = 12, // connection
    KeepAlive = 13, // keep-alive
    ProxyConnection = 14, // proxy-connection
    TransferEncoding = 15, // transfer-encoding
    Upgrade = 16, // upgrade
    GrpcTimeout = 17, // grpc-timeout
    GrpcStatus = 18, // grpc-status
    GrpcMessage = 19, // grpc-message
    GrpcEncoding = 20, // grpc-encoding
    GrpcAcceptEncoding = 21, // grpc-accept-encoding
    GrpcStatusDetailsBin = 22, // grpc-status-details-bin
    GrpcPreviousRpcAttempts = 23, // grpc-previous-rpc-attempts
    GrpcRetryPushbackMs = 24, // grpc-retry-pushback-ms
    Traceparent = 25, // traceparent
    Tracestate = 26, // tracestate
    Baggage = 27, // baggage
    Cookie = 28, // cookie
    Expect = 29, // expect
    Accept = 30, // accept
    AcceptCharset = 31, // accept-charset
    AcceptEncoding = 32, // accept-encoding
    AcceptLanguage = 33, // accept-language
    AcceptRanges = 34, // accept-ranges
    AccessControlAllowOrigin = 35, // access-control-allow-origin
    Age = 36, // age
    Allow = 37, // allow
    Authorization = 38, // authorization
    CacheControl = 39, // cache-control
    ContentDisposition = 40, // content-disposition
    ContentEncoding = 41, // content-encoding
    ContentLanguage = 42, // content-language
    ContentLocation = 43, // content-location
    ContentRange = 44, // content-range
    Date = 45, // date
    ETag = 46, // etag
    Expires = 47, // expires
    From = 48, // from
    IfMatch = 49, // if-match
    IfModifiedSince = 50, // if-modified-since
    IfNoneMatch = 51, // if-none-match
    IfRange = 52, // if-range
    IfUnmodifiedSince = 53, // if-unmodified-since
    LastModified = 54, // last-modified
    Link = 55, // link
    Location = 56, // location
    MaxForwards = 57, // max-forwards
    ProxyAuthenticate = 58, // proxy-authenticate
    ProxyAuthorization = 59, // proxy-authorization
    Range = 60, // range
    Referer = 61, // referer
    Refresh = 62, // refresh
    RetryAfter = 63, // retry-after
    Server = 64, // server
    SetCookie = 65, // set-cookie
    StrictTransportSecurity = 66, // strict-transport-security
    Vary = 67, // vary
    Via = 68, // via
    WwwAuthenticate = 69, // www-authenticate
    Trailer = 70, // trailer
    Priority = 71, // priority
    B3 = 72, // b3
    B3TraceId = 73, // x-b3-traceid
    B3SpanId = 74, // x-b3-spanid
    B3ParentSpanId = 75, // x-b3-parentspanid
    B3Sampled = 76, // x-b3-sampled
    B3Flags = 77, // x-b3-flags
    GrpcTraceBin = 78, // grpc-trace-bin
    GrpcTagsBin = 79, // grpc-tags-bin
    EndpointLoadMetricsBin = 80, // endpoint-load-metrics-bin
    Forwarded = 81, // forwarded
    XForwardedFor = 82, // x-forwarded-for
    XForwardedHost = 83, // x-forwarded-host
    XForwardedProto = 84, // x-forwarded-proto
    XRequestId = 85, // x-request-id
    XMeshHops = 86, // x-mesh-hops
    XForwardedClientCert = 87, // x-forwarded-client-cert
#pragma warning restore CS1591
}
