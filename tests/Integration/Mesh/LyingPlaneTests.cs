using Google.Protobuf;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;
using Mesh.V1;
using Xunit.Abstractions;

namespace Mesh.Integration.Mesh;

/// <summary>A control plane that tells a sidecar what makes no sense, without end: docs/conformance.md has the bounds.</summary>
public sealed class LyingPlaneTests(ITestOutputHelper output)
{
    private const string Service = "echo";
    private const long Megabyte = 1_000_000;

    /// <summary>Some seconds, and time for a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public static TheoryData<string> Lies => ["names nobody asked for", "endpoints that cannot be", "policies that cannot be", "nothing"];

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task A_flood_of_what_makes_no_sense_costs_little_memory_and_few_lines_and_what_follows_is_taken(string lie)
    {
        await using var server = await EchoServer.StartAsync();
        await using var plane = await LyingPlane.StartAsync(Told(lie), Truth(server.Address));
        await using var sidecar = await Sidecar.StartAsync("--control-plane", plane.Url);
        var before = sidecar.Process.Memory;
        var client = new Echo.EchoClient(sidecar.Channel(Service));
        var calls = Bound.UntilAsync(() => IsAnsweredAsync(client), () => "a call is answered by what is said at last", Limit);
        await plane.Told.WaitAsync(Limit);
        await calls;
        Assert.InRange(sidecar.Process.Errors.Count, 0, 60);
        if (before is { } memory)
        {
            output.WriteLine($"{lie}: {memory / Megabyte} MB before, {sidecar.Process.PeakMemory / Megabyte} at most");
            Assert.InRange(sidecar.Process.PeakMemory!.Value - memory, 0, 80 * Megabyte);
        }
    }

    private static IEnumerable<Resource[]> Told(string lie) => lie switch
    {
        "names nobody asked for" => Enumerable.Range(0, 100).Select(response => Enumerable.Range(0, 1000)
            .Select(i => Endpoints($"nobody-asked-for-{response}-{i}", 1, new Endpoint { Address = "127.0.0.1:1" })).ToArray()),
        "endpoints that cannot be" => Enumerable.Range(0, 100).Select(response => new[]
        {
            Endpoints(Service, response + 1, [.. Enumerable.Range(0, 1000).Select(i => new Endpoint { Id = $"{response}-{i}", Address = "h:4294967295" })]),
        }),
        "policies that cannot be" => Enumerable.Range(0, 50_000).Select(version => new[]
        {
            new Resource { Kind = "policy", Name = Service, Version = version + 1, Body = ByteString.CopyFrom(0xff, 0xff, 0xff) },
        }),
        _ => Enumerable.Repeat(Array.Empty<Resource>(), 200_000),
    };

    private static Resource[] Truth(string address) =>
    [
        Endpoints(Service, 1_000_000, new Endpoint { Id = "echo-1", Address = address, Status = ServiceStatus.Healthy }),
        new Resource { Kind = "policy", Name = Service, Absent = true },
    ];

    private static Resource Endpoints(string name, long version, params Endpoint[] endpoints) =>
        new() { Kind = "endpoints", Name = name, Version = version, Body = new ServiceEndpoints { Endpoints = { endpoints } }.ToByteString() };

    private static async Task<bool> IsAnsweredAsync(Echo.EchoClient client)
    {
        try
        {
            await client.UnaryAsync(new EchoRequest(), deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
            return true;
        }
        catch (Grpc.Core.RpcException)
        {
            return false; // it does not know yet where the service is
        }
    }
}
