using System.Text;
using Mesh.V1;

namespace Mesh.Resources.Validation;

/// <summary>Whether what a route answers itself is an answer.</summary>
internal static class AnswerValidation
{
    private const int MaxBody = 4 * 1024;
    private const int MaxMessage = 1024;
    private const int MaxContentType = 256;
    private const int NoContent = 204;
    private const int ResetContent = 205;
    private const int NotModified = 304;

    public static void Check(Findings findings, string path, Route route)
    {
        switch (route.AnswerCase)
        {
            case Route.AnswerOneofCase.Redirect:
                Check(findings, path + ".redirect", route.Redirect, route.Match);
                break;
            case Route.AnswerOneofCase.DirectResponse:
                Check(findings, path + ".direct_response", route.DirectResponse);
                break;
        }
    }

    private static void Check(Findings findings, string path, Redirect redirect, RouteMatch? match)
    {
        findings.RangeIfGiven(path + ".status", redirect.HasStatus, redirect.Status, 301, 308);
        if (redirect.Status is 304 or 305 or 306)
        {
            findings.Add(path + ".status", $"{redirect.Status} is no redirect; write 301, 302, 303, 307 or 308");
        }

        if (redirect.Scheme is not ("" or "http" or "https"))
        {
            findings.Add(path + ".scheme", $"{Names.Quote(redirect.Scheme)} is neither http nor https");
        }

        ChangeValidation.CheckHost(findings, path + ".host", redirect.Host);
        var (whole, prefix) = (redirect.HasPath ? redirect.Path : null, redirect.HasPrefix ? redirect.Prefix : null);
        ChangeValidation.CheckPath(findings, path, whole, prefix, match);
        if (redirect is { Scheme: "", Host: "", ChangeCase: Redirect.ChangeOneofCase.None })
        {
            findings.Add(path, "changes nothing, so that callers would come back for ever; give it a scheme, a host, a path or a prefix");
        }
    }

    private static void Check(Findings findings, string path, DirectResponse response)
    {
        if (response.HasHttpStatus)
        {
            findings.Range(path + ".http_status", response.HttpStatus, 200, 599);
        }

        var length = Encoding.UTF8.GetByteCount(response.Body);
        if (length > MaxBody)
        {
            findings.Add(path + ".body", $"{length} bytes are too many; at most {MaxBody}, so serve it from an instance");
        }
        else if (length > 0 && response.HttpStatus is NoContent or ResetContent or NotModified)
        {
            findings.Add(path + ".body", $"an answer with {response.HttpStatus} has none; leave it out, or write another http_status");
        }

        findings.Text(path + ".content_type", response.ContentType, MaxContentType);
        if (response.ContentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase))
        {
            findings.Add(path + ".content_type", "is that of gRPC, which has code and message instead of a body");
        }
        else if (response.ContentType.Length > 0 && length == 0)
        {
            findings.Add(path + ".content_type", "has no effect without a body");
        }

        if (response.Code.Length > 0)
        {
            CheckCode(findings, path + ".code", response.Code);
        }

        findings.Text(path + ".message", response.Message, MaxMessage);
    }

    private static void CheckCode(Findings findings, string path, string code)
    {
        if (code is "OK" or "0")
        {
            findings.Add(path, "OK goes with a message of the method's type, which is not made here; write another code");
        }
        else
        {
            StatusValidation.CheckCode(findings, path, code);
        }
    }
}
