using Mesh.Policy.Faults;
using Mesh.Policy.Outcomes;
using Mesh.Policy.Routing.Answers;
using Mesh.V1;

namespace Mesh.Resources;

/// <summary>What a route answers itself, as options. As <see cref="PolicyTranslation"/>.</summary>
internal static class AnswerTranslation
{
    public static RedirectOptions? ToRedirect(V1.Redirect? redirect) => redirect is null ? null : new()
    {
        Status = redirect.HasStatus ? (int)Math.Min(redirect.Status, 599) : 302,
        Scheme = redirect.Scheme.Length > 0 ? redirect.Scheme : null,
        Host = redirect.Host.Length > 0 ? redirect.Host : null,
        Path = redirect.HasPath ? redirect.Path : null,
        Prefix = redirect.HasPrefix ? redirect.Prefix : null,
    };

    public static DirectResponseOptions? ToDirectResponse(DirectResponse? response)
    {
        if (response is null)
        {
            return null;
        }

        var http = response.HasHttpStatus ? (int)Math.Min(response.HttpStatus, 599) : 200;
        var defaults = new DirectResponseOptions();
        return new()
        {
            Status = GrpcStatus.TryParse(response.Code, out var code) ? new FaultStatus(code, http) : FaultStatus.OfHttp(http),
            Body = response.Body,
            ContentType = response.ContentType.Length > 0 ? response.ContentType : defaults.ContentType,
            Message = response.Message.Length > 0 ? response.Message : null,
        };
    }
}
