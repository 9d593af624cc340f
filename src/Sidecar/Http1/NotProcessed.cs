using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Mesh.Sidecar.Http1;

/// <summary>
/// What REFUSED_STREAM is over HTTP/2: an inbound sidecar says that its app has provably not seen the request, so that the
/// caller's sidecar may send it elsewhere whatever its method. Only a sidecar says so: from an app's answer it is taken out on
/// both sides, as apps pass on what others have written. Any thread.
/// </summary>
internal static class NotProcessed
{
    private const string Header = "x-mesh-not-processed";

    public static void Say(HttpResponse response) => response.Headers[Header] = "1";

    /// <summary>Whether an answer says so, which it does with 503 alone; it is taken out in any case.</summary>
    /// <param name="answer">As it came.</param>
    /// <param name="isOfApp">It is that of the app beside us, who has no say in this.</param>
    public static bool Take(HttpResponseMessage answer, bool isOfApp)
    {
        var isSaid = answer.StatusCode == System.Net.HttpStatusCode.ServiceUnavailable && IsIn(answer.Headers);
        answer.Headers.Remove(Header);
        return isSaid && !isOfApp;
    }

    private static bool IsIn(HttpResponseHeaders headers) => headers.TryGetValues(Header, out var values) && values.SequenceEqual(["1"]);
}
