using System.Net.Http.Json;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Messaging;

/// <summary>Events and queues under the authority "mesh" of real sidecars.</summary>
public sealed class ThroughSidecarTests
{
    [Fact]
    public async Task An_app_publishes_as_its_service_whatever_it_says_and_another_one_receives()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var orders = await Sidecar.StartAsync("--service", "orders", "--control-plane", plane.Url);
        await using var mailer = await Sidecar.StartAsync("--service", "mailer", "--control-plane", plane.Url);
        using var subscription = new Events.EventsClient(mailer.Channel("mesh")).Subscribe(cancellationToken: Bound.Token);
        await subscription.RequestStream.WriteAsync(new SubscribeRequest
        {
            Begin = new BeginSubscription { Filter = new EventFilter { Types_ = { "order.*" } }, Credit = new Credit { Messages = 10 } },
        });
        Assert.True(await subscription.ResponseStream.MoveNext(Bound.Token));

        var forged = new Metadata { { "x-mesh-source", "payments" } };
        var said = new Event { Type = "order.created", Source = "payments", Data = ByteString.CopyFromUtf8("o-1") };
        await new Events.EventsClient(orders.Channel("mesh")).PublishAsync(new PublishEventsRequest { Events = { said } }, forged, cancellationToken: Bound.Token);
        Assert.True(await subscription.ResponseStream.MoveNext(Bound.Token));
        var got = subscription.ResponseStream.Current.Delivery.Event;
        Assert.Equal(("orders", "o-1"), (got.Source, got.Data.ToStringUtf8()));

        // As curl has it, by HTTP/1.1.
        using var http = new HttpClient { BaseAddress = new Uri($"http://{orders.Outbound}") };
        http.DefaultRequestHeaders.Host = "mesh";
        Assert.True((await http.PutAsync("/v1/queues/email", null, Bound.Token)).IsSuccessStatusCode);
        Assert.True((await http.PostAsync("/v1/queues/email/messages", new StringContent("hello"), Bound.Token)).IsSuccessStatusCode);
        using var received = await http.PostAsync("/v1/queues/email/receive?wait=10s", null, Bound.Token);
        var message = (await received.Content.ReadFromJsonAsync<JsonElement>(Bound.Token)).GetProperty("messages")[0];
        Assert.Equal(("hello", "orders"), (message.GetProperty("data").GetString(), message.GetProperty("source").GetString()));
    }

    [Fact]
    public async Task While_the_control_plane_is_away_a_publish_fails_at_once_and_says_why()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--service", "orders", "--control-plane", plane.Url);
        var events = new Events.EventsClient(sidecar.Channel("mesh"));
        var request = new PublishEventsRequest { Events = { new Event { Type = "order.created" } } };
        await events.PublishAsync(request, cancellationToken: Bound.Token);
        await plane.Process.KillAsync();

        var fault = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            // The first may find a connection that has just been lost; none waits.
            await events.PublishAsync(request, cancellationToken: Bound.Token);
        });
        Assert.Equal(StatusCode.Unavailable, fault.StatusCode);
        Assert.Contains("Control-Plane", fault.Status.Detail, StringComparison.Ordinal);
    }
}
