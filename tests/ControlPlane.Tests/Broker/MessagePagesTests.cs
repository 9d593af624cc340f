using System.Net;
using System.Text;
using System.Text.Json;
using Mesh.ControlPlane.Tests.Api;

namespace Mesh.ControlPlane.Tests.Broker;

/// <summary>Events and queues over HTTP/1.1, as curl has them.</summary>
public sealed class MessagePagesTests
{
    [Fact]
    public async Task An_event_is_published_in_each_form_of_CloudEvents()
    {
        await using var plane = await TestPlane.StartAsync();
        using var binary = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new StringContent("""{"n":1}""", Encoding.UTF8, "application/json") };
        binary.Headers.Add("ce-specversion", "1.0");
        binary.Headers.Add("ce-type", "order.created");
        binary.Headers.Add("ce-source", "forged");
        binary.Headers.Add("ce-subject", "caf%C3%A9");
        binary.Headers.Add("x-mesh-source", "forged");
        await DoneAsync(await plane.Pages.SendAsync(binary));
        await DoneAsync(await plane.Pages.PostAsync("/v1/events",
            Content("""{"specversion":"1.0","id":"i2","source":"x","type":"order.created","data":{"n":2},"tenant":"blue"}""", "application/cloudevents+json")));
        await DoneAsync(await plane.Pages.PostAsync("/v1/events", Content(
            """[{"type":"order.created","source":"x","data_base64":"AAE="},{"type":"order.paid","source":"x","datacontenttype":"text/plain","data":"four"}]""",
            "application/cloudevents-batch+json")));

        Assert.Contains("\nmesh_events_last_sequence 4\n", await plane.Pages.GetStringAsync("/metrics"), StringComparison.Ordinal);
        using var history = JsonDocument.Parse(await plane.Pages.GetStringAsync("/v1/events?type=order.*"));
        var events = history.RootElement.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(4, events.Count);
        Assert.All(events, one => Assert.Equal("mesh/operator", one.GetProperty("source").GetString()));
        Assert.Equal(("café", 1), (events[0].GetProperty("subject").GetString(), events[0].GetProperty("data").GetProperty("n").GetInt32()));
        Assert.Equal(("i2", "blue"), (events[1].GetProperty("id").GetString(), events[1].GetProperty("tenant").GetString()));
        Assert.Equal("AAE=", events[2].GetProperty("data_base64").GetString());
        Assert.Equal("four", events[3].GetProperty("data").GetString());
    }

    [Fact]
    public async Task A_stream_goes_on_behind_the_last_event_that_its_client_has()
    {
        await using var plane = await TestPlane.StartAsync();
        for (var i = 1; i <= 3; i++)
        {
            await DoneAsync(await plane.Pages.PostAsync("/v1/events", Content($$"""{"type":"a.b","source":"x","data":{{i}}}""", "application/cloudevents+json")));
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/events/stream?type=a.b");
        request.Headers.Add("Last-Event-ID", "1");
        using var response = await plane.Pages.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Bound.Token());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Bound.Token()));
        var ids = new List<string>();
        while (ids.Count < 2)
        {
            if (await lines.ReadLineAsync(Bound.Token()) is { } line && line.StartsWith("id: ", StringComparison.Ordinal))
            {
                ids.Add(line[4..]);
            }
        }

        Assert.Equal(["2", "3"], ids);
    }

    [Fact]
    public async Task A_queue_is_worked_with_nothing_but_HTTP()
    {
        await using var plane = await TestPlane.StartAsync();
        await DoneAsync(await plane.Pages.PutAsync("/v1/queues/email", null));
        await DoneAsync(await plane.Pages.PostAsync("/v1/queues/email/messages?priority=3", Content("""{"to":"ann"}""", "application/json")));
        using var received = JsonDocument.Parse(await DoneAsync(await plane.Pages.PostAsync("/v1/queues/email/receive?wait=10s&max=5", null)));
        var message = Assert.Single(received.RootElement.GetProperty("messages").EnumerateArray());
        Assert.Equal("ann", message.GetProperty("data").GetProperty("to").GetString());
        var token = message.GetProperty("token").GetString()!;
        Assert.Equal("""{"lost":[]}""", await DoneAsync(await plane.Pages.PostAsync($"/v1/queues/email/nack?token={token}&reason=busy", null)));

        using var again = JsonDocument.Parse(await DoneAsync(await plane.Pages.PostAsync("/v1/queues/email/receive", null)));
        var second = Assert.Single(again.RootElement.GetProperty("messages").EnumerateArray());
        Assert.Equal(2, second.GetProperty("attempt").GetInt32());
        var body = $$"""{"tokens":["{{second.GetProperty("token").GetString()}}"]}""";
        Assert.Equal("""{"lost":[]}""", await DoneAsync(await plane.Pages.PostAsync("/v1/queues/email/ack", Content(body, "application/json"))));
    }

    [Theory]
    [InlineData("POST", "/v1/queues/e-mail/messages", HttpStatusCode.NotFound, "e-mail")]
    [InlineData("POST", "/v1/queues/email/receive?wait=2h", HttpStatusCode.BadRequest, "wait")]
    [InlineData("POST", "/v1/queues/email/receive?max=many", HttpStatusCode.BadRequest, "max")]
    [InlineData("POST", "/v1/events", HttpStatusCode.BadRequest, "ce-type")]
    [InlineData("GET", "/v1/events?order=up", HttpStatusCode.BadRequest, "order")]
    [InlineData("DELETE", "/v1/events", HttpStatusCode.NotFound, "/v1/events")]
    public async Task What_cannot_be_done_is_a_problem_document(string method, string path, HttpStatusCode status, string named)
    {
        await using var plane = await TestPlane.StartAsync();
        await DoneAsync(await plane.Pages.PutAsync("/v1/queues/email", null));
        using var response = await plane.Pages.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal((status, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType!.MediaType));
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Contains(named, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(status == HttpStatusCode.BadRequest ? "INVALID_ARGUMENT" : path == "/v1/events" ? null : "NOT_FOUND",
            problem.RootElement.TryGetProperty("code", out var code) ? code.GetString() : null);
        Assert.Equal((int)status, problem.RootElement.GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task A_page_in_a_browser_publishes_nothing_here()
    {
        await using var plane = await TestPlane.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = Content("x", "text/plain") };
        request.Headers.Add("Origin", "http://evil.example");
        request.Headers.Add("ce-type", "a.b");
        using var response = await plane.Pages.SendAsync(request);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static StringContent Content(string text, string type) => new(text, Encoding.UTF8, type);

    private static async Task<string> DoneAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return text;
    }
}
