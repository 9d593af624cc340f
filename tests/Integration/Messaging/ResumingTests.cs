using Google.Protobuf;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Messaging;

/// <summary>Streams of consumers over the end of a control plane, and of their sidecar.</summary>
public sealed class ResumingTests
{
    [Fact]
    public async Task A_control_plane_that_is_killed_costs_consumers_a_pause_and_nothing_else()
    {
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.db");
        var plane = await ControlPlane.StartAsync("--broker", $"sqlite:{file}");
        try
        {
            await using var sidecar = await Sidecar.StartAsync("--service", "mailer", "--control-plane", plane.Url);
            var (events, queues) = (new Events.EventsClient(sidecar.Channel("mesh")), new Queues.QueuesClient(sidecar.Channel("mesh")));
            await queues.CreateAsync(new CreateQueueRequest { Name = "email" }, cancellationToken: Bound.Token);
            using var subscription = events.Subscribe(cancellationToken: Bound.Token);
            var begin = new BeginSubscription { Filter = new EventFilter { Types_ = { "order.*" } }, Credit = new Credit { Messages = 3 } };
            await subscription.RequestStream.WriteAsync(new SubscribeRequest { Begin = begin });
            using var member = events.Subscribe(cancellationToken: Bound.Token);
            await member.RequestStream.WriteAsync(new SubscribeRequest { Begin = new BeginSubscription { Group = "mailers", Credit = new Credit { Messages = 10 } } });
            using var consumer = queues.Receive(cancellationToken: Bound.Token);
            await consumer.RequestStream.WriteAsync(new ReceiveRequest { Begin = new BeginReceiving { Queue = "email", Credit = new Credit { Messages = 10 } } });
            Assert.NotNull((await NextAsync(subscription)).Subscribed);
            Assert.NotNull((await NextAsync(member)).Subscribed);
            await PublishAsync(events, 2);
            await SendAsync(queues, "before");
            Assert.Equal("order-0", await IdAsync(subscription));
            Assert.Equal("order-1", await IdAsync(subscription));
            var first = (await NextAsync(member)).Delivery;
            Assert.Equal("order-0", first.Event.Id);
            Assert.Equal("order-1", await IdAsync(member));
            var held = await MessageAsync(consumer);
            Assert.Equal("before", held.Message.Data.ToStringUtf8());

            var address = plane.Grpc;
            await plane.Process.KillAsync();
            await plane.DisposeAsync();
            plane = await ControlPlane.StartAsync("--broker", $"sqlite:{file}", "--grpc", address);
            await using var other = await Sidecar.StartAsync("--service", "orders", "--control-plane", plane.Url);
            await PublishAsync(new Events.EventsClient(other.Channel("mesh")), 3, from: 2);
            await SendAsync(new Queues.QueuesClient(other.Channel("mesh")), "after");

            // Where it was, and with the credit that was left: one.
            Assert.Equal("order-2", await IdAsync(subscription));
            await subscription.RequestStream.WriteAsync(new SubscribeRequest { Credit = new Credit { Messages = 1 } });
            Assert.Equal("order-3", await IdAsync(subscription));
            Assert.Equal("order-2", await IdAsync(member));
            Assert.Equal("after", (await MessageAsync(consumer)).Message.Data.ToStringUtf8());

            // What was handed out before is acknowledged by the same tokens.
            await consumer.RequestStream.WriteAsync(new ReceiveRequest { Ack = new Acknowledge { Tokens = { held.Token } } });
            await member.RequestStream.WriteAsync(new SubscribeRequest { Ack = new Acknowledge { Tokens = { first.Token } } });
            var planes = new Queues.QueuesClient(plane.Channel);
            await Bound.UntilAsync(
                async () => (await planes.StatsAsync(new StatsRequest { Queue = "email" }, cancellationToken: Bound.Token)) is { Acknowledged: 1, Leased: 1 },
                () => "the acknowledgement of a message that was received before");
            var groups = new Events.EventsClient(plane.Channel);
            await Bound.UntilAsync(
                async () => (await groups.ListGroupsAsync(new ListGroupsRequest(), cancellationToken: Bound.Token)).Groups[0].Stats.Acknowledged == 1,
                () => "the acknowledgement of an event that was received before");
        }
        finally
        {
            await plane.DisposeAsync();
            foreach (var left in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(file) + "*"))
            {
                File.Delete(left);
            }
        }
    }

    [Fact]
    public async Task A_sidecar_that_drains_gives_back_what_its_app_has_at_once_and_uncounted()
    {
        await using var plane = await ControlPlane.StartAsync();
        await using var sidecar = await Sidecar.StartAsync("--service", "mailer", "--control-plane", plane.Url);
        var queues = new Queues.QueuesClient(sidecar.Channel("mesh"));
        await queues.CreateAsync(new CreateQueueRequest { Name = "email" }, cancellationToken: Bound.Token);
        await SendAsync(queues, "one");
        using var consumer = queues.Receive(cancellationToken: Bound.Token);
        await consumer.RequestStream.WriteAsync(new ReceiveRequest { Begin = new BeginReceiving { Queue = "email", Credit = new Credit { Messages = 1 } } });
        Assert.Equal(1u, (await MessageAsync(consumer)).Attempt);

        sidecar.Process.Terminate();
        // Not with which status: clients drop that of a call they could still send on when the connection closes behind it.
        await Assert.ThrowsAsync<RpcException>(() => consumer.ResponseStream.MoveNext(Bound.Token));
        var again = Assert.Single((await new Queues.QueuesClient(plane.Channel).PollAsync(new PollRequest { Queue = "email" }, cancellationToken: Bound.Token)).Deliveries);
        Assert.Equal(1u, again.Attempt);
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    private static async Task PublishAsync(Events.EventsClient events, int count, int from = 0) => await events.PublishAsync(
        new PublishEventsRequest { Events = { Enumerable.Range(from, count).Select(i => new Event { Type = "order.created", Id = $"order-{i}" }) } },
        cancellationToken: Bound.Token);

    private static async Task SendAsync(Queues.QueuesClient queues, string text) => await queues.PublishAsync(
        new PublishMessagesRequest { Queue = "email", Messages = { new QueueMessage { Data = ByteString.CopyFromUtf8(text) } } }, cancellationToken: Bound.Token);

    private static async Task<SubscribeResponse> NextAsync(AsyncDuplexStreamingCall<SubscribeRequest, SubscribeResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        return call.ResponseStream.Current;
    }

    private static async Task<string> IdAsync(AsyncDuplexStreamingCall<SubscribeRequest, SubscribeResponse> call) => (await NextAsync(call)).Delivery.Event.Id;

    private static async Task<MessageDelivery> MessageAsync(AsyncDuplexStreamingCall<ReceiveRequest, ReceiveResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token));
        return call.ResponseStream.Current.Delivery;
    }
}
