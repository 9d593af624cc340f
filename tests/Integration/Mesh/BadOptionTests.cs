using Mesh.Integration.Processes;

namespace Mesh.Integration.Mesh;

public sealed class BadOptionTests
{
    [Theory]
    [InlineData("--control-plane: neither it nor --static is given")]
    [InlineData("--static: a control plane is given as well", "--control-plane", "http://127.0.0.1:1", "--static", "mesh.yaml")]
    [InlineData("--cache: a static file needs none", "--static", "mesh.yaml", "--cache", "cache")]
    [InlineData("--app: an app needs a name", "--control-plane", "http://127.0.0.1:1", "--app", "127.0.0.1:1")]
    [InlineData("--join-token-file: is for a sidecar with --control-plane and --service", "--control-plane", "http://127.0.0.1:1", "--join-token-file", "token")]
    [InlineData("--identity: is for a sidecar with --control-plane and --service", "--static", "mesh.yaml", "--service", "a", "--identity", "folder")]
    [InlineData("--default-access: 'none' is not one of allow, deny", "--static", "mesh.yaml", "--default-access", "none")]
    [InlineData("--health: there is no app to check", "--control-plane", "http://127.0.0.1:1", "--service", "a", "--health", "tcp")]
    [InlineData("--advertise: is needed, as others cannot reach 0.0.0.0", "--control-plane", "http://127.0.0.1:1", "--service", "a", "--app", "127.0.0.1:1", "--inbound", "0.0.0.0:0")]
    [InlineData("--control-plane: 'nowhere' is not", "--control-plane", "nowhere")]
    [InlineData("--cors-exposed-headers: has no effect without --cors-origins", "--static", "mesh.yaml", "--cors-exposed-headers", "x-a")]
    [InlineData("--service: 'Users' is not", "--control-plane", "http://127.0.0.1:1", "--service", "Users")]
    [InlineData("--service: 'mesh' is the name under which the mesh itself answers; give the service another", "--control-plane", "http://127.0.0.1:1", "--service", "mesh")]
    [InlineData("--upstream: 'mesh' is the name under which the mesh itself answers", "--control-plane", "http://127.0.0.1:1", "--upstream", "a=127.0.0.1:0", "--upstream", "mesh=127.0.0.1:0")]
    [InlineData("--app: 'unix:app.sock' is not HOST:PORT with a port of 1 to 65535 (for example 127.0.0.1:8080), or unix: and an absolute path", "--control-plane", "http://127.0.0.1:1", "--service", "a", "--app", "unix:app.sock")]
    [InlineData("--app: 'unix:/12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567' is not", "--control-plane", "http://127.0.0.1:1", "--service", "a", "--app", "unix:/12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567")]
    [InlineData("--app-protocol: there is no app to speak to; give --app as well", "--control-plane", "http://127.0.0.1:1", "--service", "a", "--app-protocol", "http1")]
    [InlineData("--app-protocol: 'http3' is not one of auto, http1, http2", "--control-plane", "http://127.0.0.1:1", "--service", "a", "--app", "127.0.0.1:1", "--app-protocol", "http3")]
    [InlineData("--locality: 'a/b/c' has more than one '/'", "--control-plane", "http://127.0.0.1:1", "--locality", "a/b/c")]
    [InlineData("--upstream: 'users' is not", "--control-plane", "http://127.0.0.1:1", "--upstream", "users")]
    [InlineData("--drain-grace: '2h' is not", "--control-plane", "http://127.0.0.1:1", "--drain-grace", "2h")]
    [InlineData("--instance-id: has a control character", "--control-plane", "http://127.0.0.1:1", "--instance-id", "a\tb")]
    [InlineData("--static: /nowhere/mesh.yaml: ", "--static", "/nowhere/mesh.yaml")]
    public async Task It_says_in_a_line_which_option_is_at_fault_and_ends_with_2(string fault, params string[] arguments)
    {
        await using var process = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, arguments);
        Assert.Equal(2, await process.ExitCodeAsync());
        Assert.StartsWith($"mesh-sidecar: {fault}", Assert.Single(process.Errors), StringComparison.Ordinal);
        Assert.Empty(process.Output);
    }
}
