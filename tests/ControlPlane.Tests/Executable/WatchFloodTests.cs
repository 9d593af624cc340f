using Grpc.Core;
using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>Far more watches than there may be.</summary>
public sealed class WatchFloodTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_thousand_that_nobody_reads_hold_little_and_what_they_held_is_given_back()
    {
        using var plane = await FloodedPlane.StartAsync();
        for (var i = 0; i < 300; i++)
        {
            var registration = Make.Registration("large", $"i{i}");
            for (var label = 0; label < 64; label++)
            {
                registration.Instance.Metadata.Add($"label-{label}", new string('é', 250));
            }

            await plane.RegisterAsync(registration);
        }

        var before = plane.Process.Memory;
        var watches = new List<AsyncServerStreamingCall<WatchResponse>>();
        for (var connection = 0; connection < 10; connection++)
        {
            var registry = plane.Connect();
            for (var i = 0; i < 110; i++)
            {
                watches.Add(registry.Watch(new()));
                await watches[^1].ResponseHeadersAsync.WaitAsync(Bound.Time);
            }
        }

        // On a machine where that took a minute the first have been given up, since nobody reads them.
        Assert.InRange(await plane.MetricAsync("mesh_registry_watchers"), 500, 1000);
        Assert.Equal(300u, (await plane.Registry.GetServiceAsync(new() { Name = "large" }, cancellationToken: Bound.Token())).Service.InstanceCount);
        var during = plane.Process.Memory;

        watches.ForEach(watch => watch.Dispose());
        await plane.AssertGivenBackAsync(output, "1,000 watches, none of them read", before, during, most: 300);
    }
}
