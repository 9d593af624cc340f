using Mesh.ControlPlane.Shares;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Api.Reading;

/// <summary>
/// Bounds what is held of messages that have not come whole: a connection has 1,000 streams, and a message may have 4 MiB. A
/// step before all gRPC methods. Any thread.
/// </summary>
internal sealed class UnfinishedMessages(TimeProvider time)
{
    private const long MostBytes = 128 * 1024 * 1024;

    private readonly Share _all = new(MostBytes);

    public async Task BoundAsync(HttpContext context, RequestDelegate next)
    {
        var body = context.Features.GetRequiredFeature<IRequestBodyPipeFeature>();
        var bounded = new BoundedBody(body.Reader, [ConnectionShares.Of(context).Messages, _all], time);
        context.Features.Set<IRequestBodyPipeFeature>(bounded);
        try
        {
            await next(context);
        }
        finally
        {
            bounded.Release();
        }
    }
}
