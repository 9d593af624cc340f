using System.Globalization;
using System.Text;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Sidecar.Flow.GrpcWeb;

/// <summary>Decides what browsers are told, and says it. Made once of the options; pure after that.</summary>
internal sealed class CorsPolicy
{
    /// <summary>Of a request for which a script wants to set more the browser is told that it may not.</summary>
    private const int MostNames = 4096;

    private readonly byte[][] _origins;
    private readonly bool _allowsAll;
    private readonly bool _allowsCredentials;
    private readonly byte[] _exposed;
    private readonly byte[] _maxAge;

    public CorsPolicy(CorsOptions options)
    {
        _allowsAll = options.Origins.Contains("*");
        _origins = [.. options.Origins.Select(Encoding.ASCII.GetBytes)];
        _allowsCredentials = options.AllowsCredentials && !_allowsAll;
        _exposed = Encoding.ASCII.GetBytes(string.Join(", ", ["grpc-status", "grpc-message", "grpc-status-details-bin", .. options.ExposedHeaders]));
        var age = options.MaxAge ?? TimeSpan.FromMinutes(10);
        _maxAge = Encoding.ASCII.GetBytes(((long)age.TotalSeconds).ToString(CultureInfo.InvariantCulture));
    }

    private static ReadOnlySpan<byte> Origin => "origin"u8;

    private static ReadOnlySpan<byte> RequestMethod => "access-control-request-method"u8;

    private static ReadOnlySpan<byte> RequestHeaders => "access-control-request-headers"u8;

    /// <summary>
    /// What a request is. A browser's question about any other call than one of gRPC-Web is ordinary, and the app's to answer; so is
    /// everything where no origin is allowed. Whether a call is one of gRPC-Web is for <see cref="GrpcWebCall"/> to say.
    /// </summary>
    public CorsRequest Decide(HeaderList request)
    {
        if (_origins.Length == 0 || !request.TryGet(Origin, out var origin))
        {
            return CorsRequest.Ordinary;
        }

        var isAllowed = Allows(origin);
        if (!request.TryGet(KnownHeader.Method, out var method)
            || !method.SequenceEqual("OPTIONS"u8)
            || !request.TryGet(RequestMethod, out var wanted))
        {
            return isAllowed ? CorsRequest.Call : CorsRequest.Ordinary;
        }

        return !wanted.SequenceEqual("POST"u8) || !AsksForWeb(request) ? CorsRequest.Ordinary
            : isAllowed ? CorsRequest.Preflight
            : CorsRequest.Refused;
    }

    /// <summary>The head that answers a preflight, allowed or refused; there is no body.</summary>
    public void Answer(HeaderList request, CorsRequest decision, HeaderList answer)
    {
        answer.Clear();
        if (decision != CorsRequest.Preflight)
        {
            answer.Add(KnownHeader.Status, "403"u8);
            answer.Add(KnownHeader.Vary, Origin);
            return;
        }

        answer.Add(KnownHeader.Status, "204"u8);
        AllowOrigin(request, answer);
        answer.Add("access-control-allow-methods"u8, "POST"u8);
        if (request.TryGet(RequestHeaders, out var names) && names.Length <= MostNames)
        {
            // Metadata has any name: what the page wants to send, it may.
            answer.Add("access-control-allow-headers"u8, names);
        }

        answer.Add("access-control-max-age"u8, _maxAge);
    }

    /// <summary>Adds what the browser wants to be told to the head of an answer to a <see cref="CorsRequest.Call"/>.</summary>
    public void Allow(HeaderList request, HeaderList response)
    {
        AllowOrigin(request, response);
        response.Add("access-control-expose-headers"u8, _exposed);
    }

    private void AllowOrigin(HeaderList request, HeaderList response)
    {
        // An app that sees to CORS itself would say it twice, which browsers take for nothing.
        response.RemoveAll(KnownHeader.AccessControlAllowOrigin);
        if (_allowsAll)
        {
            response.Add(KnownHeader.AccessControlAllowOrigin, "*"u8);
            return;
        }

        request.TryGet(Origin, out var origin);
        response.Add(KnownHeader.AccessControlAllowOrigin, origin);
        response.Add(KnownHeader.Vary, Origin);
        if (_allowsCredentials)
        {
            response.Add("access-control-allow-credentials"u8, "true"u8);
        }
    }

    private bool Allows(ReadOnlySpan<byte> origin)
    {
        if (_allowsAll)
        {
            return true;
        }

        foreach (var allowed in _origins)
        {
            if (origin.SequenceEqual(allowed))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Clients of gRPC-Web set x-grpc-web, which a page may not unasked; it tells their questions from others'.</summary>
    private static bool AsksForWeb(HeaderList request)
    {
        if (!request.TryGet(RequestHeaders, out var names))
        {
            return false;
        }

        foreach (var range in names.Split((byte)','))
        {
            var name = names[range].Trim((byte)' ');
            if (Ascii.EqualsIgnoreCase(name, "x-grpc-web"u8))
            {
                return true;
            }
        }

        return false;
    }
}
