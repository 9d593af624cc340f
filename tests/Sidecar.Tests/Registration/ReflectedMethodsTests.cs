using Mesh.Sidecar.Registration;
using Mesh.Sidecar.Tests.Health;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Registration;

public sealed class ReflectedMethodsTests
{
    private static Log Silent { get; } = new(LogLevel.None, TextWriter.Null, TimeProvider.System);

    [Fact]
    public async Task An_app_with_reflection_tells_its_own_methods()
    {
        await using var app = await CheckedApp.StartAsync();
        var methods = await ReflectedMethods.ReadAsync(app.Endpoint, new FakeTimeProvider(), Silent, CancellationToken.None);
        Assert.Contains("/mesh.v1.Registry/Register", methods);
        Assert.Equal(7, methods.Count);
    }

    [Fact]
    public async Task An_app_without_reflection_tells_nothing()
    {
        await using var app = await CheckedApp.StartAsync(withReflection: false);
        Assert.Empty(await ReflectedMethods.ReadAsync(app.Endpoint, TimeProvider.System, Silent, CancellationToken.None));
    }

    [Fact]
    public async Task An_app_whose_reflection_does_not_answer_is_told_of_in_a_line()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var app = Sidecar.Routing.Sole.App("app", "app-1", silent.LocalEndpoint.ToString()!).Endpoint;
        using var told = new StringWriter();
        Assert.Empty(await ReflectedMethods.ReadAsync(app, TimeProvider.System, new Log(LogLevel.Information, told, TimeProvider.System), CancellationToken.None));
        Assert.EndsWith($"info the app at {app.Address} has not told its methods within 2s; it is registered without them", told.ToString().TrimEnd(), StringComparison.Ordinal);
        Assert.Single(told.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task An_app_that_does_not_speak_grpc_tells_nothing()
    {
        await using var app = await CheckedApp.StartAsync(HttpProtocols.Http1);
        Assert.Empty(await ReflectedMethods.ReadAsync(app.Endpoint, TimeProvider.System, Silent, CancellationToken.None));
    }
}
