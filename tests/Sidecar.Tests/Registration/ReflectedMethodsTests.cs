using Mesh.Sidecar.Registration;
using Mesh.Sidecar.Tests.Health;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Sidecar.Tests.Registration;

public sealed class ReflectedMethodsTests
{
    [Fact]
    public async Task An_app_with_reflection_tells_its_own_methods()
    {
        await using var app = await CheckedApp.StartAsync();
        var methods = await ReflectedMethods.ReadAsync(app.Endpoint, TimeProvider.System, CancellationToken.None);
        Assert.Contains("/mesh.v1.Registry/Register", methods);
        Assert.Equal(6, methods.Count);
    }

    [Fact]
    public async Task An_app_without_reflection_tells_nothing()
    {
        await using var app = await CheckedApp.StartAsync(withReflection: false);
        Assert.Empty(await ReflectedMethods.ReadAsync(app.Endpoint, TimeProvider.System, CancellationToken.None));
    }

    [Fact]
    public async Task An_app_that_does_not_speak_grpc_tells_nothing()
    {
        await using var app = await CheckedApp.StartAsync(HttpProtocols.Http1);
        Assert.Empty(await ReflectedMethods.ReadAsync(app.Endpoint, TimeProvider.System, CancellationToken.None));
    }
}
