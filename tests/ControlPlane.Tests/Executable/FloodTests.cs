using Grpc.Core;
using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.ControlPlane.Tests.Executable;

/// <summary>More messages than anybody means.</summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    [Fact]
    public async Task An_instance_that_never_rests_costs_little_and_tells_the_log_little()
    {
        using var plane = await FloodedPlane.StartAsync();
        using var call = plane.Registry.Register(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(Make.Register());
        var reading = Task.Run(async () =>
        {
            while (await call.ResponseStream.MoveNext())
            {
            }
        });
        var start = await plane.RevisionAsync();
        var before = plane.Process.Memory;
        const int changes = 50_000;
        for (var i = 0; i < changes; i++)
        {
            await call.RequestStream.WriteAsync(new RegisterRequest { Heartbeat = Make.Heartbeat(i % 2 == 0 ? ServiceStatus.Healthy : ServiceStatus.Unhealthy, $"{i}") });
        }

        await call.RequestStream.CompleteAsync();
        await reading;
        var limit = Bound.Token();
        Instance instance;
        do
        {
            instance = (await plane.Registry.ListInstancesAsync(new() { Service = "orders" }, cancellationToken: limit)).Instances[0];
        }
        while (instance.StatusReason != $"{changes - 1}");
        var stored = await plane.RevisionAsync() - start;
        Assert.InRange(stored, 1, changes / 20);
        await plane.AssertGivenBackAsync(
            output, $"{changes} changes of one instance's status, of which {stored} were stored", before, plane.Process.Memory, most: 200);
    }

    [Fact]
    public async Task Messages_that_are_none_leave_nothing_and_tell_the_log_little()
    {
        using var plane = await FloodedPlane.StartAsync();
        var before = plane.Process.Memory;
        using var client = new HttpClient { BaseAddress = plane.Address };
        var junk = RawCall.Frame([.. Enumerable.Repeat((byte)0xff, 1000)]);
        var sent = 0;
        const int calls = 20_000;
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            while (Interlocked.Increment(ref sent) <= calls)
            {
                Assert.Equal("13", (await RawCall.SendAsync(client, "/mesh.v1.Config/Apply", junk)).Status);
            }
        }));
        await plane.AssertGivenBackAsync(output, $"{calls} messages that are none", before, plane.Process.Memory, most: 200);
        await plane.Process.SignalAsync("TERM");
        Assert.InRange((await plane.Process.EndAsync()).Errors.Length, 1, 5000);
    }
}
