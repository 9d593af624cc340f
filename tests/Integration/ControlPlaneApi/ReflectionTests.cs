using System.Text.Json.Nodes;
using Grpc.Core;
using Mesh.Integration.Processes;

namespace Mesh.Integration.ControlPlaneApi;

/// <summary>A tool that knows nothing but reflection sees the mesh and watches it.</summary>
public sealed class ReflectionTests : IAsyncLifetime
{
    private ControlPlane _plane = null!;

    public static TheoryData<string> Versions { get; } = ["v1", "v1alpha"];

    public async Task InitializeAsync() => _plane = await ControlPlane.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task It_lists_and_describes_the_services(string version)
    {
        var reflection = new ReflectionClient(_plane.Channel, version);
        var services = await reflection.ListServicesAsync(Bound.Token);
        foreach (var expected in new[] { "mesh.v1.Registry", "mesh.v1.Config", "mesh.v1.Discovery", "grpc.health.v1.Health" })
        {
            Assert.Contains(expected, services);
        }

        // Each of them, with all that its messages are made of.
        foreach (var name in services.Where(name => name.StartsWith("mesh.", StringComparison.Ordinal)))
        {
            Assert.NotEmpty((await reflection.DescribeAsync(name, Bound.Token)).Methods);
        }

        var registry = await reflection.DescribeAsync("mesh.v1.Registry", Bound.Token);
        Assert.Equal(
            ["Deregister", "GetService", "ListInstances", "ListReplicas", "ListServices", "Register", "Watch"],
            registry.Methods.Select(method => method.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task It_shows_the_registered_instances(string version)
    {
        var registry = await RegistryAsync(version);
        using var lease = await RegisterAsync(registry, "orders", "orders-1", 50001);
        using var other = await RegisterAsync(registry, "users", "users-1", 50002);

        var all = await registry.UnaryAsync("ListInstances", "{}", Bound.Token);
        Assert.Equal(
            ["orders-1", "users-1"], all["instances"]!.AsArray().Select(i => i!["id"]!.GetValue<string>()).Order(StringComparer.Ordinal));

        var orders = await registry.UnaryAsync("ListInstances", """{"service": "orders"}""", Bound.Token);
        var instance = Assert.Single(orders["instances"]!.AsArray())!;
        Assert.Equal(
            ("127.0.0.1", "50001", "HEALTHY", "blue"),
            ((string)instance["address"]!, instance["port"]!.ToString(), (string)instance["status"]!, (string)instance["metadata"]!["colour"]!));

        var services = await registry.UnaryAsync("ListServices", "{}", Bound.Token);
        Assert.Equal(["orders", "users"], services["services"]!.AsArray().Select(s => (string)s!["name"]!));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task It_watches_changes_live(string version)
    {
        var registry = await RegistryAsync(version);
        using var first = await RegisterAsync(registry, "orders", "orders-1", 50001);
        await using var watch = registry.ServerStreamAsync("Watch", """{"services": ["orders"]}""", Bound.Token).GetAsyncEnumerator();
        Assert.Equal("orders-1", (string)Assert.Single((await NextAsync(watch))["snapshot"]!["instances"]!.AsArray())!["id"]!);

        using var second = await RegisterAsync(registry, "orders", "orders-2", 50002);
        AssertChange("ADDED", "orders-2", "HEALTHY", await NextAsync(watch));

        await second.RequestStream.WriteAsync(
            DynamicCalls.Parse("""{"heartbeat": {"status": "UNHEALTHY", "status_reason": "connection refused"}}"""));
        AssertChange("UPDATED", "orders-2", "UNHEALTHY", await NextAsync(watch));

        await registry.UnaryAsync("Deregister", """{"service": "orders", "instance_id": "orders-2"}""", Bound.Token);
        AssertChange("REMOVED", "orders-2", null, await NextAsync(watch));
    }

    [Fact]
    public async Task What_it_sends_wrongly_is_answered_with_the_field()
    {
        var registry = await RegistryAsync("v1");
        using var call = registry.Bidi("Register", Bound.Token);
        await call.RequestStream.WriteAsync(DynamicCalls.Parse("""{"registration": {"instance": {"service": "Orders", "address": "127.0.0.1"}}}"""));
        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Bound.Token));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        Assert.Contains("instance.service", refused.Status.Detail, StringComparison.Ordinal);
    }

    private static void AssertChange(string kind, string instance, string? status, JsonObject answer)
    {
        var change = answer["change"]!;
        Assert.Equal((kind, instance), ((string)change["kind"]!, (string)change["instance"]!["id"]!));
        if (status is not null)
        {
            Assert.Equal(status, (string)change["instance"]!["status"]!);
        }
    }

    private static async Task<JsonObject> NextAsync(IAsyncEnumerator<JsonObject> watch)
    {
        Assert.True(await watch.MoveNextAsync());
        return watch.Current;
    }

    private static async Task<AsyncDuplexStreamingCall<JsonObject, JsonObject>> RegisterAsync(
        DynamicCalls registry, string service, string id, int port)
    {
        var call = registry.Bidi("Register", Bound.Token);
        await call.RequestStream.WriteAsync(DynamicCalls.Parse($$$$"""
            {"registration": {"instance": {
              "id": "{{{{id}}}}", "service": "{{{{service}}}}", "address": "127.0.0.1", "port": {{{{port}}}},
              "status": "HEALTHY", "metadata": {"colour": "blue"}
            }}}
            """));
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        return call;
    }

    private async Task<DynamicCalls> RegistryAsync(string version) =>
        new(_plane.Channel, await new ReflectionClient(_plane.Channel, version).DescribeAsync("mesh.v1.Registry", Bound.Token));
}
