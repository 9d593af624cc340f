using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Broker;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Broker;

/// <summary>mesh.v1.Queues as its callers see it.</summary>
public sealed class QueuesApiTests
{
    [Fact]
    public async Task A_message_is_received_acknowledged_and_gone()
    {
        await using var plane = await TestPlane.StartAsync();
        await CreateAsync(plane, "email");
        await PublishAsync(plane, "email", "one");

        var delivery = Assert.Single((await plane.Queues.PollAsync(new PollRequest { Queue = "email" })).Deliveries);
        Assert.Equal(("one", 1u, "mesh/operator"), (delivery.Message.Data.ToStringUtf8(), delivery.Attempt, delivery.Message.Source));
        Assert.Empty((await plane.Queues.AckAsync(new AckRequest { Queue = "email", Tokens = { delivery.Token } })).LostTokens);
        Assert.Equal(delivery.Token, Assert.Single((await plane.Queues.AckAsync(new AckRequest { Queue = "email", Tokens = { delivery.Token } })).LostTokens));
        Assert.True((await plane.Queues.StatsAsync(new StatsRequest { Queue = "email" })) is { Ready: 0, Leased: 0, Acknowledged: 1 });
    }

    [Fact]
    public async Task A_poll_waits_for_what_comes()
    {
        await using var plane = await TestPlane.StartAsync();
        await CreateAsync(plane, "email");
        var polling = plane.Queues.PollAsync(new PollRequest { Queue = "email", Wait = Duration.FromTimeSpan(TimeSpan.FromSeconds(10)) }).ResponseAsync;
        await PublishAsync(plane, "email", "late");
        Assert.Equal("late", Assert.Single((await polling).Deliveries).Message.Data.ToStringUtf8());
    }

    [Fact]
    public async Task A_dead_letter_keeps_its_reason_and_can_be_redriven()
    {
        await using var plane = await TestPlane.StartAsync();
        await CreateAsync(plane, "email", maxDeliveries: 1);
        await PublishAsync(plane, "email", "poison");
        var delivery = Assert.Single((await plane.Queues.PollAsync(new PollRequest { Queue = "email" })).Deliveries);
        await plane.Queues.NackAsync(new NackRequest { Queue = "email", Tokens = { delivery.Token }, Reason = "no such address" });

        var dead = Assert.Single((await plane.Queues.PeekAsync(new PeekRequest { Queue = "email", Phase = MessagePhase.Dead })).Messages);
        Assert.Contains("no such address", dead.Reason, StringComparison.Ordinal);
        Assert.Equal(1ul, (await plane.Queues.RedriveAsync(new RedriveRequest { Queue = "email" })).Redriven);
        Assert.Equal(1u, Assert.Single((await plane.Queues.PollAsync(new PollRequest { Queue = "email" })).Deliveries).Attempt);
    }

    [Fact]
    public async Task One_that_is_stuck_holds_nobody_up()
    {
        await using var plane = await TestPlane.StartAsync();
        await CreateAsync(plane, "email");
        using var stuck = await ReceiveAsync(plane, "email", credit: 1);
        using var busy = await ReceiveAsync(plane, "email", credit: 10_000);
        await PublishAsync(plane, "email", [.. Enumerable.Range(0, 50).Select(i => $"{i}")]);
        for (var i = 0; i < 49; i++)
        {
            var delivery = await NextAsync(busy);
            await busy.RequestStream.WriteAsync(new ReceiveRequest { Ack = new Acknowledge { Tokens = { delivery.Token } } });
        }

        await Bound.UntilAsync(async () => await plane.Queues.StatsAsync(new StatsRequest { Queue = "email" }) is { Acknowledged: 49, Leased: 1 });
    }

    [Fact]
    public async Task Which_queues_there_are_is_said_to_those_who_name_another()
    {
        await using var plane = await TestPlane.StartAsync();
        await CreateAsync(plane, "email");
        foreach (var call in new Func<Task>[]
        {
            () => PublishAsync(plane, "e-mail", "x"),
            () => plane.Queues.PollAsync(new PollRequest { Queue = "e-mail" }).ResponseAsync,
            () => plane.Queues.StatsAsync(new StatsRequest { Queue = "e-mail" }).ResponseAsync,
            async () => await NextAsync(await ReceiveAsync(plane, "e-mail", credit: 1)),
        })
        {
            var fault = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(StatusCode.NotFound, fault.StatusCode);
            Assert.Contains("email", fault.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_queues_are_listed_in_pages()
    {
        await using var plane = await TestPlane.StartAsync();
        foreach (var name in (string[])["c", "a", "b"])
        {
            await CreateAsync(plane, name);
        }

        var first = await plane.Queues.ListAsync(new ListQueuesRequest { PageSize = 2 });
        var second = await plane.Queues.ListAsync(new ListQueuesRequest { PageSize = 2, PageToken = first.NextPageToken });
        Assert.Equal(["a", "b", "c"], first.Queues.Concat(second.Queues).Select(queue => queue.Name));
        Assert.Empty(second.NextPageToken);
    }

    [Fact]
    public async Task What_was_acknowledged_is_there_after_a_restart()
    {
        var path = Path.Combine(Path.GetTempPath(), $"mesh-broker-{Guid.NewGuid():n}.db");
        await using (var plane = await TestPlane.StartAsync(broker: new BrokerOptions { Path = path }))
        {
            await CreateAsync(plane, "email");
            await PublishAsync(plane, "email", "kept");
        }

        await using (var plane = await TestPlane.StartAsync(broker: new BrokerOptions { Path = path }))
        {
            Assert.Equal("kept", Assert.Single((await plane.Queues.PollAsync(new PollRequest { Queue = "email" })).Deliveries).Message.Data.ToStringUtf8());
        }

        foreach (var file in Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(path) + "*"))
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Where_there_is_no_broker_it_is_said_how_to_have_one()
    {
        await using var plane = await TestPlane.StartAsync(broker: new BrokerOptions { IsOff = true });
        var fault = await Assert.ThrowsAsync<RpcException>(() => CreateAsync(plane, "email"));
        Assert.Equal(StatusCode.FailedPrecondition, fault.StatusCode);
        Assert.Contains("--broker", fault.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task CreateAsync(TestPlane plane, string name, uint maxDeliveries = 0) => await plane.Queues.CreateAsync(new CreateQueueRequest
    {
        Name = name,
        Options = new QueueOptions { Rules = new DeliveryRules { MaxDeliveries = maxDeliveries } },
    });

    private static async Task PublishAsync(TestPlane plane, string queue, params string[] texts) => await plane.Queues.PublishAsync(new PublishMessagesRequest
    {
        Queue = queue,
        Messages = { texts.Select(text => new QueueMessage { Data = ByteString.CopyFromUtf8(text) }) },
    });

    private static async Task<AsyncDuplexStreamingCall<ReceiveRequest, ReceiveResponse>> ReceiveAsync(TestPlane plane, string queue, uint credit)
    {
        var consumer = plane.Queues.Receive(cancellationToken: Bound.Token());
        await consumer.RequestStream.WriteAsync(new ReceiveRequest { Begin = new BeginReceiving { Queue = queue, Credit = new Credit { Messages = credit } } });
        await consumer.ResponseHeadersAsync;
        return consumer;
    }

    private static async Task<MessageDelivery> NextAsync(AsyncDuplexStreamingCall<ReceiveRequest, ReceiveResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        return call.ResponseStream.Current.Delivery;
    }
}
