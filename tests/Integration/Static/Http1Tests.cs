using System.Net;
using Mesh.Integration.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Mesh.Integration.Static;

/// <summary>HTTP/1.1 on the same ports, told apart by a connection's first bytes.</summary>
public sealed class Http1Tests
{
    [Fact]
    public async Task A_call_reaches_the_service_that_its_host_names_and_its_answer_comes_back_whole()
    {
        await using var web = await StartWebAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("web", [AddressOf(web)]));
        using var client = new HttpClient();
        var body = new string('x', 200_000);

        using var answer = await client.SendAsync(Request(sidecar.Outbound, "web", HttpMethod.Post, "/echo?q=1", body));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpVersion.Version11, answer.Version);
        Assert.Equal("POST /echo?q=1 web", answer.Headers.GetValues("x-seen").Single());
        Assert.Equal(body, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task It_goes_through_two_sidecars_as_well()
    {
        await using var web = await StartWebAsync();
        await using var inbound = await Sidecar.StartStaticAsync("services: []", "--service", "web", "--app", AddressOf(web));
        await using var outbound = await Sidecar.StartStaticAsync(Yaml.Service("web", [inbound.Inbound]));
        using var client = new HttpClient();

        using var answer = await client.SendAsync(Request(outbound.Outbound, "web.mesh:80", HttpMethod.Get, "/", null));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task An_endpoint_that_is_down_costs_no_call()
    {
        await using var web = await StartWebAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(
            Yaml.Service("web", ["127.0.0.1:1", AddressOf(web)], "{balancing: {policy: ROUND_ROBIN}}"));
        using var client = new HttpClient();

        for (var i = 0; i < 10; i++)
        {
            using var answer = await client.SendAsync(Request(sidecar.Outbound, "web", HttpMethod.Get, "/", null));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("nowhere", HttpStatusCode.NotFound, "no such service 'nowhere'")]
    [InlineData("empty", HttpStatusCode.ServiceUnavailable, "service 'empty': none of its 0 endpoints can be used")]
    public async Task A_call_that_leads_nowhere_is_told_why(string host, HttpStatusCode status, string why)
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("empty", []));
        using var client = new HttpClient();

        using var answer = await client.SendAsync(Request(sidecar.Outbound, host, HttpMethod.Get, "/", null));

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(why, (await answer.Content.ReadAsStringAsync()).Trim());
    }

    private static HttpRequestMessage Request(string outbound, string host, HttpMethod method, string path, string? body) =>
        new(method, $"http://{outbound}{path}")
        {
            Headers = { Host = host },
            Content = body is null ? null : new StringContent(body),
        };

    private static async Task<WebApplication> StartWebAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(server => server.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        app.Run(async context =>
        {
            context.Response.Headers["x-seen"] = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString} {context.Request.Host}";
            await context.Request.Body.CopyToAsync(context.Response.Body);
        });
        await app.StartAsync();
        return app;
    }

    private static string AddressOf(WebApplication app) =>
        new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Authority;
}
