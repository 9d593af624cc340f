using Mesh.Integration.Processes;

namespace Mesh.Foreign;

/// <summary>OpenSSL's own client and curl at the inbound port of a sidecar that has an identity.</summary>
public sealed class TlsToolTests : IAsyncLifetime
{
    private readonly IdentityFolder _identities = new();
    private EchoServer _app = null!;
    private Sidecar _sidecar = null!;

    public async Task InitializeAsync()
    {
        _app = await EchoServer.StartAsync("app");
        _sidecar = await Sidecar.StartStaticAsync(
            "services: []", ["--service", "echo", "--app", _app.Address, "--health", "none", .. _identities.Options("echo")]);
    }

    public async Task DisposeAsync()
    {
        await _sidecar.DisposeAsync();
        await _app.DisposeAsync();
        _identities.Dispose();
    }

    [Fact]
    public async Task OpenSSL_agrees_on_HTTP_2_and_trusts_the_sidecar()
    {
        var said = await SayAsync("-alpn", "h2", "-verify_return_error");
        Assert.Contains("Verify return code: 0 (ok)", said, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: h2", said, StringComparison.Ordinal);
        Assert.Contains("TLSv1.3", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("alert no application protocol")]
    [InlineData("alert protocol version", "-alpn", "h2", "-tls1_2")]
    public async Task OpenSSL_is_told_why_it_is_refused(string alert, params string[] options) =>
        Assert.Contains(alert, await SayAsync(options), StringComparison.Ordinal);

    [Fact]
    public async Task Curl_is_served_with_a_certificate_and_refused_without()
    {
        var (certificate, key) = _identities.Issue("tool");
        // The name it checks is a host's, which no identity has.
        var served = await RunAsync("curl", "-skv", "--http2", "--cert", certificate, "--key", key, $"https://{_sidecar.Inbound}/");
        Assert.Contains("server accepted h2", served, StringComparison.Ordinal);
        Assert.Contains("< HTTP/2 ", served, StringComparison.Ordinal);
        Assert.Contains("alert certificate required", await RunAsync("curl", "-skv", "--http2", $"https://{_sidecar.Inbound}/"), StringComparison.Ordinal);
        Assert.Contains("426", await RunAsync("curl", "-sv", $"http://{_sidecar.Inbound}/"), StringComparison.Ordinal);
    }

    private Task<string> SayAsync(params string[] options)
    {
        var (certificate, key) = _identities.Issue("tool");
        return RunAsync(
            "sh",
            ["-c", "echo Q | openssl s_client \"$@\" 2>&1", "sh", "-connect", _sidecar.Inbound, "-cert", certificate, "-key", key, "-CAfile", _identities.Anchors, .. options]);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        await using var process = MeshProcess.Start(program, program, arguments);
        await process.ExitCodeAsync();
        return string.Join('\n', process.Output.Concat(process.Errors));
    }
}
