using System.Security.Authentication;
using Grpc.Core;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>What a call to etcd ends with, for whoever runs the control plane, and whether another member may do better.</summary>
internal static class EtcdFaults
{
    // The beginning of what .NET says when a member that wants a certificate hangs up.
    private static readonly string[] TlsSigns = ["SSL", "TLS", "ObjectDisposedException", "certificate", "handshake"];

    /// <summary>Nothing is known of what became of it, or nothing was done; trying again may help.</summary>
    public static bool IsPassing(RpcException fault) => fault.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded
        or StatusCode.Cancelled or StatusCode.Unknown or StatusCode.Internal or StatusCode.Aborted
        || (fault.StatusCode == StatusCode.ResourceExhausted && fault.Status.Detail.Contains("too many requests", StringComparison.Ordinal));

    /// <summary>The login is not good any more.</summary>
    public static bool IsLogin(RpcException fault) => fault.StatusCode == StatusCode.Unauthenticated;

    /// <summary>What was asked for is of a revision that is compacted.</summary>
    public static bool IsCompacted(RpcException fault) => fault.StatusCode == StatusCode.OutOfRange
        && fault.Status.Detail.Contains("compacted", StringComparison.Ordinal);

    /// <summary>It is more than one message may have, theirs or ours.</summary>
    public static bool IsTooLarge(RpcException fault) =>
        (fault.StatusCode == StatusCode.InvalidArgument && (fault.Status.Detail.Contains("too large", StringComparison.Ordinal)
            || fault.Status.Detail.Contains("too many operations", StringComparison.Ordinal)))
        || (fault.StatusCode == StatusCode.ResourceExhausted && fault.Status.Detail.Contains("message", StringComparison.Ordinal));

    /// <summary>The certificates of the two do not suit each other: asking again soon does not help.</summary>
    public static bool IsTls(Uri member, RpcException fault)
    {
        if (member.Scheme != Uri.UriSchemeHttps || fault.StatusCode is not (StatusCode.Unavailable or StatusCode.Internal))
        {
            return false;
        }

        for (var cause = fault.Status.DebugException; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return true;
            }
        }

        return TlsSigns.Any(sign => fault.Status.Detail.Contains(sign, StringComparison.OrdinalIgnoreCase));
    }

    public static StoreException Of(Uri member, RpcException fault)
    {
        var detail = PrintableText.Of(fault.Status.Detail.ReplaceLineEndings(" "), 200);
        if (IsTooLarge(fault))
        {
            return new(StoreFault.TooLarge, "the change is larger than etcd takes in one: change less at once", fault);
        }

        return fault.StatusCode switch
        {
            StatusCode.ResourceExhausted when detail.Contains("space", StringComparison.Ordinal) =>
                new(StoreFault.Full, $"{member}: etcd's database is at its quota: compact and defragment it, then disarm its alarm", fault),
            StatusCode.PermissionDenied =>
                new(StoreFault.Unusable, $"{member}: etcd permits this user too little ({detail}): grant it reading and writing under the prefix", fault),
            StatusCode.Unauthenticated => new(StoreFault.Unavailable, $"{member}: etcd does not accept the login ({detail})", fault),
            StatusCode.InvalidArgument when detail.Contains("user name is empty", StringComparison.Ordinal) =>
                new(StoreFault.Unusable, $"{member}: etcd wants a login: give --etcd-user and --etcd-password-file", fault),
            StatusCode.InvalidArgument or StatusCode.FailedPrecondition when detail.Contains("authentication", StringComparison.Ordinal) =>
                new(StoreFault.Unusable, $"{member}: etcd refuses the login ({detail}): look at --etcd-user and --etcd-password-file", fault),
            StatusCode.Unimplemented => new(StoreFault.Unusable, $"{member}: is no etcd of version 3.4 or later: look at --store", fault),
            _ when IsTls(member, fault) =>
                new(StoreFault.Unavailable, $"{member}: TLS refused; look at --etcd-ca, and is a client certificate needed (--etcd-cert)? ({Innermost(fault, detail)})", fault),
            StatusCode.Unavailable when fault.Status.DebugException is { } unreached =>
                new(StoreFault.Unavailable, $"{member}: etcd cannot be reached: {PrintableText.Of(unreached.GetBaseException().Message.ReplaceLineEndings(" "), 200)}", fault),
            _ => new(StoreFault.Unavailable, $"{member}: {(detail.Length == 0 ? fault.StatusCode.ToString() : detail)}", fault),
        };
    }

    private static string Innermost(RpcException fault, string detail)
    {
        var cause = fault.Status.DebugException;
        while (cause?.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause is null ? detail : PrintableText.Of(cause.Message.ReplaceLineEndings(" "), 200);
    }
}
