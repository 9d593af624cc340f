using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Resources.Tests;

/// <summary>Messages with as many faults as fit into 4 MiB: the answer to them must not cost more than they do.</summary>
public sealed class FloodOfFaultsTests
{
    private const int Many = 1_000_000;

    // Of 4 MiB of faults a line each would be some 300 MB.
    private const long MostBytes = 4 * 1024 * 1024;

    public static TheoryData<string, ServiceConfig> Configs => new()
    {
        { "retry.http_statuses", new() { Retry = new() { HttpStatuses = { Enumerable.Repeat(0u, Many) } } } },
        { "retry.codes", new() { Retry = new() { Codes = { Enumerable.Repeat("UNAVAILABEL", Many) } } } },
        { "retry.methods", new() { Retry = new() { Methods = { Enumerable.Repeat("x", Many) } } } },
        { "breaker.http_statuses", new() { Breaker = new() { HttpStatuses = { Enumerable.Repeat(0u, Many) } } } },
        { "breaker.codes", new() { Breaker = new() { Codes = { Enumerable.Repeat("UNAVAILABEL", Many) } } } },
        { "routes", new() { Routes = { Enumerable.Repeat(new Route { Service = "-" }, Many) } } },
        { "headers", new() { Routes = { new Route { Match = new() { Headers = { Enumerable.Repeat(new HeaderMatch(), Many) } } } } } },
    };

    [Theory]
    [MemberData(nameof(Configs))]
    public void Of_a_config_the_first_fifty_are_said(string what, ServiceConfig config)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var faults = ConfigValidation.Validate("orders", config);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        Assert.InRange(faults.Count, 2, 51);
        Assert.Contains(faults, fault => fault.Contains($"{Many} are too many; at most ", StringComparison.Ordinal) && fault.Contains(what.Split('.')[^1], StringComparison.Ordinal));
    }

    [Fact]
    public void Of_a_static_file_or_a_resource_from_a_control_plane_the_first_fifty_are_said()
    {
        var service = new StaticService { Name = "orders", Endpoints = { Enumerable.Repeat(new Endpoint(), Many) } };
        var file = new StaticFile { Services = { service } };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var faults = StaticFileValidation.Validate(file);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        Assert.Equal(51, faults.Count);
        Assert.Equal("and more: these are the first of them", faults[^1]);
    }

    [Fact]
    public void Of_a_registration_the_first_fifty_are_said()
    {
        var registration = new Registration
        {
            Instance = new() { Service = "orders", Address = "10.0.0.1", Port = 1 },
            Methods = { Enumerable.Repeat(new ServedMethod(), Many) },
            Dependencies = { Enumerable.Repeat("-", Many) },
            Incarnation = new string('x', Many),
        };
        var before = GC.GetAllocatedBytesForCurrentThread();
        var faults = InstanceValidation.Validate(registration);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostBytes);
        Assert.Equal(51, faults.Count);
    }
}
