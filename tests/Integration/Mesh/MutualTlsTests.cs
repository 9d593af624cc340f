using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.Integration.Static;
using Mesh.Integration.V1;

namespace Mesh.Integration.Mesh;

/// <summary>Sidecars that have an identity, and those who have none.</summary>
public sealed class MutualTlsTests : IDisposable
{
    private readonly IdentityFolder _identities = new();

    public void Dispose() => _identities.Dispose();

    [Fact]
    public async Task Calls_go_by_mutual_TLS_to_those_who_have_registered_an_identity()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var instance = await MeshInstance.StartAsync(plane, "a", _identities.Options("echo"));
        await using var caller = await Sidecar.StartAsync(["--service", "caller", "--control-plane", plane.Url, .. _identities.Options("caller")]);
        var client = new Echo.EchoClient(caller.Channel("echo"));
        await Bound.UntilAsync(async () => await SucceedsAsync(client), () => "a call does not go through");
        var reply = await client.UnaryAsync(new Behaviour(), 200_000);
        Assert.Equal(200_000, reply.Payload.Length);
        Assert.Contains(IdentityFolder.IdOf("echo"), await PageAsync(caller, "/connections"), StringComparison.Ordinal);
        Assert.Contains(IdentityFolder.IdOf("caller"), await PageAsync(instance.Sidecar, "/connections"), StringComparison.Ordinal);

        // Whoever has none is refused where it is strict, whatever it speaks.
        await using var plain = await Sidecar.StartAsync("--service", "plain", "--control-plane", plane.Url);
        Assert.Equal(StatusCode.Unavailable, (await new Echo.EchoClient(plain.Channel("echo")).FailureAsync(new Behaviour())).StatusCode);
        using var http = new HttpClient();
        using var refusal = await http.GetAsync($"http://{instance.Sidecar.Inbound}/");
        Assert.Equal(HttpStatusCode.UpgradeRequired, refusal.StatusCode);
        var metrics = await PageAsync(instance.Sidecar, "/metrics");
        Assert.Contains("""mesh_tls_handshakes_total{side="downstream",result="SUCCESS"} 1""", metrics, StringComparison.Ordinal);
        Assert.Contains("""mesh_clear_connections_total{protocol="http1",verdict="refused"} 1""", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HTTP_1_goes_the_same_way_and_a_permissive_port_takes_both()
    {
        await using var web = await WebServer.StartAsync();
        await using var server = await Sidecar.StartStaticAsync(
            "services: []", ["--service", "web", "--app", web.Address, "--health", "none", .. _identities.Options("web", "--mtls", "permissive")]);
        await using var caller = await Sidecar.StartStaticAsync(
            $$"""
            services:
            - name: web
              endpoints: [{address: "{{server.Inbound}}", sidecar: true, identity: "{{IdentityFolder.IdOf("web")}}"}]
            """,
            _identities.Options("caller"));
        using var http = new HttpClient(MeshChannel.Handler(caller.Outbound));
        Assert.Equal("by TLS", await PostAsync(http, "http://web/x", "by TLS"));
        Assert.Contains(IdentityFolder.IdOf("caller"), await PageAsync(server, "/connections"), StringComparison.Ordinal);
        using var clear = new HttpClient();
        Assert.Equal("in clear", await PostAsync(clear, $"http://{server.Inbound}/x", "in clear"));
        using var own = new HttpClient(Http1HandlerOf("other"));
        Assert.Equal("by HTTP/1.1 in TLS", await PostAsync(own, $"http://{server.Inbound}/x", "by HTTP/1.1 in TLS"));
        Assert.Contains("""mesh_clear_connections_total{protocol="http1",verdict="taken"} 1""", await PageAsync(server, "/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_identity_is_renewed_under_calls_and_another_endpoint_than_expected_gets_none()
    {
        await using var app = await EchoServer.StartAsync("app");
        await using var server = await Sidecar.StartStaticAsync(
            "services: []", ["--service", "echo", "--app", app.Address, "--health", "none", .. _identities.Options("echo")]);
        await using var caller = await Sidecar.StartStaticAsync(
            $$"""
            services:
            - name: echo
              endpoints: [{address: "{{server.Inbound}}", sidecar: true, identity: "{{IdentityFolder.IdOf("echo")}}"}]
            - name: other
              endpoints: [{address: "{{server.Inbound}}", sidecar: true, identity: "{{IdentityFolder.IdOf("other")}}"}]
            """,
            _identities.Options("caller"));
        var client = new Echo.EchoClient(caller.Channel("echo"));
        await client.UnaryAsync(new Behaviour());
        var failure = await new Echo.EchoClient(caller.Channel("other")).FailureAsync(new Behaviour());
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Contains($"it is {IdentityFolder.IdOf("echo")}, expected is {IdentityFolder.IdOf("other")}", failure.Detail, StringComparison.Ordinal);

        _identities.Issue("echo", TimeSpan.FromDays(2));
        await Bound.UntilAsync(
            async () =>
            {
                await client.UnaryAsync(new Behaviour());
                return server.Process.Errors.Any(line => line.Contains("the files of the identity were read again", StringComparison.Ordinal));
            },
            () => "the certificate is not read again");
        using var fresh = new HttpClient(HandlerOf("late")) { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var channel = GrpcChannel.ForAddress($"https://{server.Inbound}", new GrpcChannelOptions { HttpClient = fresh });
        await new Echo.EchoClient(channel).UnaryAsync(new Behaviour());
        Assert.Contains("""mesh_tls_handshakes_total{side="downstream",result="SUCCESS"} 2""", await PageAsync(server, "/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_identity_is_told_in_a_line()
    {
        var (certificate, _) = _identities.Issue("echo");
        var (_, key) = _identities.Issue("other");
        var wrong = await EndOfAsync("--tls-cert", certificate, "--tls-key", key, "--tls-ca", _identities.Anchors);
        Assert.Contains($"mesh-sidecar: --tls-key: {key}: it is not the key of the certificate: give the two that were made together", wrong, StringComparison.Ordinal);
        var alone = await EndOfAsync("--tls-cert", certificate);
        Assert.Contains("--tls-key", alone, StringComparison.Ordinal);
        Assert.Contains("there is no identity to go by", await EndOfAsync("--mtls", "strict"), StringComparison.Ordinal);
    }

    /// <summary>A client that is not ours, with an identity.</summary>
    private SocketsHttpHandler HandlerOf(string service) => new() { SslOptions = OptionsOf(service) };

    /// <summary>The same over HTTP/1.1, of which .NET's client by itself says nothing in the handshake.</summary>
    private SocketsHttpHandler Http1HandlerOf(string service)
    {
        var options = OptionsOf(service);
        options.TargetHost = "localhost";
        options.ApplicationProtocols = [SslApplicationProtocol.Http11];
        return new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
                await stream.AuthenticateAsClientAsync(options, cancellation);
                return stream;
            },
        };
    }

    private SslClientAuthenticationOptions OptionsOf(string service)
    {
        var (certificate, key) = _identities.Issue(service);
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        return new SslClientAuthenticationOptions
        {
            ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)],
            RemoteCertificateValidationCallback = static (_, server, _, _) => server is not null,
        };
    }

    private static async Task<string> EndOfAsync(params string[] options)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "services: []");
        await using var process = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, ["--static", file, "--outbound", "127.0.0.1:0", "--admin", "127.0.0.1:0", .. options]);
        Assert.Equal(2, await process.ExitCodeAsync());
        File.Delete(file);
        return string.Join('\n', process.Errors);
    }

    private static async Task<bool> SucceedsAsync(Echo.EchoClient client)
    {
        try
        {
            await client.UnaryAsync(new Behaviour());
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private static async Task<string> PostAsync(HttpClient http, string url, string body)
    {
        using var content = new StringContent(body);
        using var answer = await http.PostAsync(new Uri(url), content);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private static async Task<string> PageAsync(Sidecar sidecar, string page)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync($"http://{sidecar.Admin}{page}");
    }
}
