using Google.Protobuf.WellKnownTypes;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Retrying;

namespace Mesh.ControlPlane.Xds.Mapping;

/// <summary>Which failed attempts a client tries again.</summary>
internal static class RetryMapping
{
    /// <summary>Clients make no more, whatever they are told.</summary>
    public const int MostAttempts = 5;

    private static readonly (int Code, string Word)[] Words =
    [
        (GrpcStatus.Cancelled, "cancelled"), (GrpcStatus.DeadlineExceeded, "deadline-exceeded"), (GrpcStatus.Internal, "internal"),
        (GrpcStatus.ResourceExhausted, "resource-exhausted"), (GrpcStatus.Unavailable, "unavailable"),
    ];

    // Zero is rejected.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>The codes for which there is a word, bit n for code n.</summary>
    public static uint Sayable { get; } = Words.Aggregate(0u, (codes, word) => codes | (1u << word.Code));

    /// <summary>A route as one or several that take the same calls between them: those that may be tried again, and the others.</summary>
    public static IEnumerable<(Envoy.RouteMatch Match, Envoy.RetryPolicy? Retry)> Split(Envoy.RouteMatch match, RetryOptions retry)
    {
        if (Of(retry) is not { } policy)
        {
            return [(match, null)];
        }

        if (retry.Methods.IsAll || retry.Methods.Paths.Any(method => Covers(method, match)))
        {
            return [(match, policy)];
        }

        var some = retry.Methods.Paths.Order(StringComparer.Ordinal).Where(method => Narrows(method, match)).Select(method => (Narrowed(match, method), (Envoy.RetryPolicy?)policy));
        return some.Append((match, null));
    }

    private static Envoy.RetryPolicy? Of(RetryOptions retry)
    {
        var words = Words.Where(word => (retry.RetriableCodes & (1u << word.Code)) != 0).Select(word => word.Word).ToList();
        if (words.Count == 0 || retry.MaxAttempts < 2)
        {
            return null;
        }

        var first = retry.BackoffBase < Shortest ? Shortest : retry.BackoffBase;
        return new()
        {
            RetryOn = string.Join(',', words),
            NumRetries = (uint)(Math.Min(retry.MaxAttempts, MostAttempts) - 1),
            RetryBackOff = new() { BaseInterval = first.ToDuration(), MaxInterval = (retry.BackoffMax < first ? first : retry.BackoffMax).ToDuration() },
        };
    }

    private static bool IsPrefix(string method) => method.EndsWith('/');

    private static bool Covers(string method, Envoy.RouteMatch match) => match.PathSpecifierCase switch
    {
        Envoy.RouteMatch.PathSpecifierOneofCase.Path => IsPrefix(method) ? match.Path.StartsWith(method, StringComparison.Ordinal) : match.Path == method,
        Envoy.RouteMatch.PathSpecifierOneofCase.Prefix => IsPrefix(method) && match.Prefix.StartsWith(method, StringComparison.Ordinal),
        _ => false, // which paths a pattern has in common with a method is not known
    };

    private static bool Narrows(string method, Envoy.RouteMatch match) =>
        match.PathSpecifierCase == Envoy.RouteMatch.PathSpecifierOneofCase.Prefix && method.StartsWith(match.Prefix, StringComparison.Ordinal);

    private static Envoy.RouteMatch Narrowed(Envoy.RouteMatch match, string method)
    {
        var narrowed = match.Clone();
        if (IsPrefix(method))
        {
            narrowed.Prefix = method;
        }
        else
        {
            narrowed.Path = method;
        }

        return narrowed;
    }
}
