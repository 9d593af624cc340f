using System.Net;
using Grpc.Core;
using Grpc.Health.V1;

namespace Mesh.ControlPlane.Tests.Api;

public sealed class ToolsTests : IAsyncLifetime
{
    private static readonly string[] Services = ["mesh.v1.Registry", "mesh.v1.Config", "mesh.v1.Discovery", "mesh.v1.Telemetry", "grpc.health.v1.Health"];

    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync();

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Reflection_v1_lists_and_describes_the_services()
    {
        using var channel = _plane.Connect();
        using var call = new Grpc.Reflection.V1.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Superset(Services.ToHashSet(), call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToHashSet());
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "mesh.v1.Registry" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
    }

    [Fact]
    public async Task Reflection_v1alpha_lists_and_describes_the_services()
    {
        using var channel = _plane.Connect();
        using var call = new Grpc.Reflection.V1Alpha.ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Superset(Services.ToHashSet(), call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToHashSet());
        await call.RequestStream.WriteAsync(new() { FileContainingSymbol = "mesh.v1.Config" });
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.NotEmpty(call.ResponseStream.Current.FileDescriptorResponse.FileDescriptorProto);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mesh.v1.Registry")]
    [InlineData("mesh.v1.Config")]
    [InlineData("mesh.v1.Discovery")]
    [InlineData("mesh.v1.Telemetry")]
    public async Task Health_is_told_as_a_whole_and_by_service(string service)
    {
        using var channel = _plane.Connect();
        var answer = await new Health.HealthClient(channel).CheckAsync(new() { Service = service });
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
    }

    [Theory]
    [InlineData("/livez", "ok")]
    [InlineData("/readyz", "ready")]
    [InlineData("/", "/metrics")]
    public async Task Pages_answer(string path, string text) =>
        Assert.Contains(text, await _plane.Pages.GetStringAsync(path), StringComparison.Ordinal);

    [Fact]
    public async Task Pages_refuse_what_they_do_not_have()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _plane.Pages.GetAsync("/nothing")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _plane.Pages.PostAsync("/readyz", null)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _plane.Pages.PostAsync("/mesh.v1.Registry/ListServices", null)).StatusCode);
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/")]
    [InlineData("/nothing")]
    public async Task Pages_are_not_read_under_a_name_that_somebody_has_pointed_here(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "evil.example:15014" } };
        using var refused = await _plane.Pages.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, refused.StatusCode);
        Assert.StartsWith("there is no 'evil.example' here: ", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/metrics")]
    [InlineData("/nothing")]
    public async Task Pages_say_that_browsers_must_not_guess_run_frame_or_keep_them(string path)
    {
        using var answer = await _plane.Pages.GetAsync(path);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("DENY", Assert.Single(answer.Headers.GetValues("X-Frame-Options")));
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        Assert.StartsWith("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_tell_instances_by_service_and_status()
    {
        using var call = await _plane.RegisterAsync();
        var metrics = await _plane.Pages.GetStringAsync("/metrics");
        Assert.Contains("mesh_registry_instances{service=\"orders\",status=\"STARTING\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"mesh_registry_revision {_plane.Model.State.Revision}\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_ends_every_stream_as_unavailable()
    {
        using var registration = await _plane.RegisterAsync();
        using var watch = _plane.Registry.Watch(new(), cancellationToken: Bound.Token());
        Assert.True(await watch.ResponseStream.MoveNext());
        using var discovery = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await discovery.RequestStream.WriteAsync(new() { Hello = new() });
        await discovery.RequestStream.WriteAsync(new() { Subscribe = new() { Services = { "orders" } } });
        Assert.True(await discovery.ResponseStream.MoveNext());
        Assert.True(await discovery.ResponseStream.MoveNext());

        Task<Status>[] ends = [registration.EndAsync(), EndOf(watch.ResponseStream), EndOf(discovery.ResponseStream)];
        await _plane.StopAsync();

        Assert.All(await Task.WhenAll(ends), end =>
            Assert.Equal((StatusCode.Unavailable, "the control plane is going down"), (end.StatusCode, end.Detail)));
    }

    private static async Task<Status> EndOf<T>(IAsyncStreamReader<T> responses) =>
        (await Assert.ThrowsAsync<RpcException>(() => responses.MoveNext(Bound.Token()))).Status;
}
