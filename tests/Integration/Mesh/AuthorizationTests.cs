using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.V1;
using Mesh.Tests;

namespace Mesh.Integration.Mesh;

/// <summary>Who is let in, from a file through <c>meshctl</c> to what callers are told.</summary>
public sealed class AuthorizationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-authorization-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Only_what_is_allowed_is_let_in_and_the_same_is_said_beforehand()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "echo-1");
        await plane.HealthyAsync("echo", "echo-1");
        await using var caller = await Sidecar.StartAsync("--control-plane", plane.Url, "--upstream", "echo=127.0.0.1:0");
        var client = new Echo.EchoClient(caller.Channel("echo"));
        Assert.Equal("echo-1", (await client.UnaryAsync(new Behaviour())).Instance);

        var file = Path.Combine(_folder.FullName, "echo.yaml");
        await File.WriteAllTextAsync(file, "service: echo\ninbound:\n  authorization:\n    name: callers\n    allow:\n    - {name: web alone, identities: [web]}\n");
        Assert.Equal(0, (await MeshctlAsync(plane, "apply", "-f", file, "--wait")).Code);
        await Bound.UntilAsync(async () => (await client.FailureAsync(new Behaviour())).StatusCode == StatusCode.PermissionDenied, () => "a refusal");
        Assert.Contains("its policy 'callers' does not let this call in", (await client.FailureAsync(new Behaviour())).Detail, StringComparison.Ordinal);
        await Bound.UntilAsync(
            () => instance.Sidecar.Process.Errors.Any(line => line.Contains("nearest is 'web alone', but for the identity", StringComparison.Ordinal)), () => "the rule in the log");
        using var admin = new HttpClient { BaseAddress = new Uri($"http://{instance.Sidecar.Admin}") };
        Assert.Contains(
            "mesh_authorization_denied_total{rule=\"web alone\",missing=\"identity\",dry_run=\"false\"}", await admin.GetStringAsync("/metrics", Bound.Token), StringComparison.Ordinal);

        Assert.Equal((0, "web can call echo /x: rule 'web alone' allows it"), await MeshctlAsync(plane, "authz", "can", "web", "echo", "/x"));
        Assert.Equal(
            (1, "somebody without an identity cannot call echo /x: no rule allows it; nearest is 'web alone', but for the identity"),
            await MeshctlAsync(plane, "authz", "can", "-", "echo", "/x"));
    }

    private static async Task<(int Code, string Line)> MeshctlAsync(ControlPlane plane, params string[] arguments)
    {
        await using var meshctl = MeshProcess.Start("meshctl", Executables.Meshctl, [.. arguments, "--control-plane", plane.Url]);
        return (await meshctl.ExitCodeAsync(), string.Join('\n', meshctl.Output));
    }
}
