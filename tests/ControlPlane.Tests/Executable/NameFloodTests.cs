using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>Services under ever new names, each of which goes again.</summary>
public sealed class NameFloodTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Services_that_come_and_go_with_all_they_serve_leave_nothing_of_it()
    {
        using var plane = await FloodedPlane.StartAsync();
        var before = plane.Process.Memory;
        for (var i = 0; i < 600; i++)
        {
            var registration = Make.Registration($"service-{i}");
            for (var method = 0; method < 1000; method++)
            {
                registration.Methods.Add(new ServedMethod { Protocol = "grpc", Path = $"/s.S/{method}{new string('m', 100)}" });
            }

            var call = await plane.RegisterAsync(registration);
            await plane.Registry.DeregisterAsync(new() { Service = $"service-{i}", InstanceId = "orders-1" }, cancellationToken: Bound.Token());
            call.Dispose();
        }

        await plane.AssertGivenBackAsync(
            output, "600 names registered and deregistered with 1,000 methods each", before, plane.Process.Memory, most: 250);
    }
}
