using Mesh.ControlPlane.Tests.Executable;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class UnfinishedMessageTests
{
    private const string DeadlineExceeded = "4";

    [Fact]
    public async Task A_large_message_that_does_not_come_whole_ends_its_call_after_a_minute()
    {
        await using var plane = await TestPlane.StartAsync();
        using var client = new HttpClient { BaseAddress = plane.Address };
        var most = RawCall.Frame(new byte[100_000])[..50_000];
        var limit = Bound.Token();
        var call = RawCall.SendAsync(client, "/mesh.v1.Config/Apply", new UnfinishedContent(most), gzip: false, limit);
        while (!call.IsCompleted)
        {
            plane.Time.Advance(TimeSpan.FromSeconds(1));
            await plane.Registry.ListServicesAsync(new(), cancellationToken: limit);
        }

        Assert.Equal((DeadlineExceeded, "the message did not come whole within 60 s"), await call);
    }
}
