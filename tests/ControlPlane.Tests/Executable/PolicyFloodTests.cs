using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>Policies under ever new names, each of which is deleted again.</summary>
public sealed class PolicyFloodTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Policies_that_come_and_go_leave_what_is_remembered_of_them()
    {
        using var plane = await FloodedPlane.StartAsync();
        var config = new V1.Config.ConfigClient(plane.Channel());
        var before = plane.Process.Memory;
        const int names = 30_000;
        const int atOnce = 1000;
        for (var i = 0; i < names; i += atOnce)
        {
            var request = new ApplyRequest();
            request.Resources.Add(Enumerable.Range(i, atOnce).Select(name => Make.Config($"service-{name}", 4)));
            await config.ApplyAsync(request, cancellationToken: Bound.Token());
            foreach (var resource in request.Resources)
            {
                await config.DeleteAsync(new() { Service = resource.Service }, cancellationToken: Bound.Token());
            }
        }

        await plane.AssertGivenBackAsync(output, $"{names} policies applied and deleted under new names", before, plane.Process.Memory, most: 250);
    }
}
