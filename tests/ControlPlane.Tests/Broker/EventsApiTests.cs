using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Broker;

/// <summary>mesh.v1.Events as its callers see it.</summary>
public sealed class EventsApiTests
{
    private static readonly Metadata FromOrders = new() { { "x-mesh-source", "orders" }, { "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" } };

    [Fact]
    public async Task The_source_is_who_the_sidecar_says_and_not_what_the_event_says()
    {
        await using var plane = await TestPlane.StartAsync();
        var said = Event("order.created", subject: "o-1");
        said.Source = "payments";
        said.CorrelationId = "c-1";
        said.Extensions["tenant"] = "blue";
        var published = await plane.Events.PublishAsync(new PublishEventsRequest { Events = { said } }, FromOrders);

        var page = await plane.Events.QueryAsync(new QueryEventsRequest { Filter = new EventFilter { Types_ = { "order.*" } } });

        var stored = Assert.Single(page.Events);
        Assert.Equal("orders", stored.Source);
        Assert.Equal(published.Events[0].Id, stored.Id);
        Assert.Equal(("o-1", "c-1", "text/plain", "hello", "blue"), (stored.Subject, stored.CorrelationId, stored.DataContentType, stored.Data.ToStringUtf8(), stored.Extensions["tenant"]));
        // The trace of the call that published it.
        Assert.StartsWith("00-0af7651916cd43dd8448eb211c80319c", stored.Traceparent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_subscriber_is_sent_what_its_credit_allows_and_no_more()
    {
        await using var plane = await TestPlane.StartAsync();
        using var subscription = plane.Events.Subscribe(cancellationToken: Bound.Token());
        await subscription.RequestStream.WriteAsync(Begin(new BeginSubscription { Credit = new Credit { Messages = 2 } }));
        await NextAsync(subscription);
        await PublishAsync(plane, "a.b", 5);

        Assert.Equal(1, (await NextAsync(subscription)).Delivery.Event.Sequence);
        Assert.Equal(2, (await NextAsync(subscription)).Delivery.Event.Sequence);
        var third = subscription.ResponseStream.MoveNext(Bound.Token());
        // Another one gets all of it, so it was not for want of time.
        Assert.Equal(5, await CountAsync(plane, 5));
        Assert.False(third.IsCompleted);

        await subscription.RequestStream.WriteAsync(new SubscribeRequest { Credit = new Credit { Messages = 1 } });
        Assert.True(await third);
        Assert.Equal(3, subscription.ResponseStream.Current.Delivery.Event.Sequence);
    }

    [Fact]
    public async Task Bytes_of_credit_are_kept_to()
    {
        await using var plane = await TestPlane.StartAsync();
        using var subscription = plane.Events.Subscribe(cancellationToken: Bound.Token());
        await subscription.RequestStream.WriteAsync(Begin(new BeginSubscription { Credit = new Credit { Messages = 100, Bytes = 7 } }));
        await NextAsync(subscription);
        await PublishAsync(plane, "a.b", 3); // of five bytes each

        Assert.Equal(1, (await NextAsync(subscription)).Delivery.Event.Sequence);
        Assert.Equal(2, (await NextAsync(subscription)).Delivery.Event.Sequence);
        await subscription.RequestStream.CompleteAsync();
        Assert.False(await subscription.ResponseStream.MoveNext(Bound.Token()));
    }

    [Fact]
    public async Task A_subscriber_goes_on_behind_the_last_that_it_has_seen()
    {
        await using var plane = await TestPlane.StartAsync();
        await PublishAsync(plane, "a.b", 4);
        using var subscription = plane.Events.Subscribe(cancellationToken: Bound.Token());
        await subscription.RequestStream.WriteAsync(Begin(new BeginSubscription
        {
            Start = new StartPosition { AfterSequence = 2 },
            Filter = new EventFilter { Types_ = { "a.>" } },
            Credit = new Credit { Messages = 10 },
        }));
        Assert.Equal(2, (await NextAsync(subscription)).Subscribed.AfterSequence);
        Assert.Equal(3, (await NextAsync(subscription)).Delivery.Event.Sequence);
        Assert.Equal(4, (await NextAsync(subscription)).Delivery.Event.Sequence);
    }

    [Fact]
    public async Task Members_of_a_group_share_and_what_is_handed_back_comes_again()
    {
        await using var plane = await TestPlane.StartAsync();
        using var member = await JoinAsync(plane, "mailers", credit: 1);
        await PublishAsync(plane, "user.created", 1);

        var first = (await NextAsync(member)).Delivery;
        Assert.Equal(1u, first.Attempt);
        await member.RequestStream.WriteAsync(new SubscribeRequest { Nack = new HandBack { Tokens = { first.Token }, Reason = "not today" } });
        await member.RequestStream.WriteAsync(new SubscribeRequest { Credit = new Credit { Messages = 1 } });
        var second = (await NextAsync(member)).Delivery;
        Assert.Equal((2u, first.Event.Id), (second.Attempt, second.Event.Id));
        await member.RequestStream.WriteAsync(new SubscribeRequest { Ack = new Acknowledge { Tokens = { second.Token } } });
        await Bound.UntilAsync(async () => (await plane.Events.ListGroupsAsync(new ListGroupsRequest { Name = "mailers" })).Groups[0].Stats is { Acknowledged: 1, Leased: 0, Ready: 0 });

        // One that is over is told.
        await member.RequestStream.WriteAsync(new SubscribeRequest { Ack = new Acknowledge { Tokens = { first.Token } } });
        Assert.Equal(first.Token, Assert.Single((await NextAsync(member)).Settled.LostTokens));
    }

    [Fact]
    public async Task What_a_member_has_goes_to_the_next_when_it_goes_uncounted_if_it_says_so()
    {
        await using var plane = await TestPlane.StartAsync();
        using var polite = await JoinAsync(plane, "g", credit: 1);
        await PublishAsync(plane, "user.created", 1);
        Assert.Equal(1u, (await NextAsync(polite)).Delivery.Attempt);
        await polite.RequestStream.CompleteAsync();
        Assert.False(await polite.ResponseStream.MoveNext(Bound.Token()));

        using var rude = await JoinAsync(plane, "g", credit: 1);
        Assert.Equal(1u, (await NextAsync(rude)).Delivery.Attempt);
        rude.Dispose();

        using var last = await JoinAsync(plane, "g", credit: 1);
        Assert.Equal(2u, (await NextAsync(last)).Delivery.Attempt);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_a_line_that_says_why()
    {
        await using var plane = await TestPlane.StartAsync();
        var noType = await RefusalAsync(() => plane.Events.PublishAsync(new PublishEventsRequest { Events = { new Event() } }).ResponseAsync);
        Assert.Equal(StatusCode.InvalidArgument, noType.StatusCode);
        Assert.Contains("event 1", noType.Status.Detail, StringComparison.Ordinal);

        await plane.Events.CreateGroupAsync(new CreateGroupRequest { Name = "mailers" });
        var unknown = await RefusalAsync(() => plane.Events.ListGroupsAsync(new ListGroupsRequest { Name = "mailer" }).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("mailers", unknown.Status.Detail, StringComparison.Ordinal);

        var large = Event("a.b");
        large.Data = ByteString.CopyFrom(new byte[1024 * 1024]);
        var tooLarge = await RefusalAsync(() => plane.Events.PublishAsync(new PublishEventsRequest { Events = { large } }).ResponseAsync);
        Assert.Equal(StatusCode.ResourceExhausted, tooLarge.StatusCode);
        Assert.Contains("--broker-limits message-bytes=", tooLarge.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_publishes_is_answered_with_what_was_stored()
    {
        await using var plane = await TestPlane.StartAsync();
        using var stream = plane.Events.PublishStream(cancellationToken: Bound.Token());
        var same = Event("a.b");
        same.Id = "one";
        for (var i = 0; i < 3; i++)
        {
            await stream.RequestStream.WriteAsync(new PublishEventsRequest { Events = { same, Event("a.b") } });
        }

        await stream.RequestStream.CompleteAsync();
        var stored = await stream;
        Assert.Equal((4ul, 2ul), (stored.Published, stored.Duplicates));
    }

    [Fact]
    public async Task Groups_whose_filters_fill_more_than_a_message_are_listed_in_pages()
    {
        await using var plane = await TestPlane.StartAsync();
        var long256 = string.Join('.', Enumerable.Repeat("a234567890123456789012345678901", 8));
        for (var i = 0; i < 300; i++)
        {
            var filter = new EventFilter { Types_ = { Enumerable.Repeat(long256, 16) } };
            await plane.Events.CreateGroupAsync(new CreateGroupRequest { Name = $"g-{i:000}", Filter = filter });
        }

        var (names, token, pages) = (new List<string>(), "", 0);
        do
        {
            var page = await plane.Events.ListGroupsAsync(new ListGroupsRequest { PageToken = token });
            names.AddRange(page.Groups.Select(group => group.Name));
            token = page.NextPageToken;
            pages++;
        }
        while (token.Length != 0);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"g-{i:000}"), names);
        Assert.InRange(pages, 2, 10);
    }

    private static Event Event(string type, string subject = "") =>
        new() { Type = type, Subject = subject, Data = ByteString.CopyFromUtf8("hello"), DataContentType = "text/plain" };

    private static SubscribeRequest Begin(BeginSubscription begin) => new() { Begin = begin };

    private static async Task PublishAsync(TestPlane plane, string type, int count) =>
        await plane.Events.PublishAsync(new PublishEventsRequest { Events = { Enumerable.Range(0, count).Select(_ => Event(type)) } });

    private static async Task<SubscribeResponse> NextAsync(AsyncDuplexStreamingCall<SubscribeRequest, SubscribeResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        return call.ResponseStream.Current;
    }

    private static async Task<AsyncDuplexStreamingCall<SubscribeRequest, SubscribeResponse>> JoinAsync(TestPlane plane, string group, uint credit)
    {
        var member = plane.Events.Subscribe(cancellationToken: Bound.Token());
        await member.RequestStream.WriteAsync(Begin(new BeginSubscription { Group = group, Credit = new Credit { Messages = credit } }));
        Assert.Equal(SubscribeResponse.ResponseOneofCase.Subscribed, (await NextAsync(member)).ResponseCase);
        return member;
    }

    private static async Task<int> CountAsync(TestPlane plane, uint count)
    {
        using var all = plane.Events.Subscribe(cancellationToken: Bound.Token());
        await all.RequestStream.WriteAsync(Begin(new BeginSubscription { Start = new StartPosition { AfterSequence = 0 }, Credit = new Credit { Messages = count } }));
        await all.RequestStream.CompleteAsync();
        var deliveries = 0;
        while (await all.ResponseStream.MoveNext(Bound.Token()))
        {
            deliveries += all.ResponseStream.Current.Delivery is null ? 0 : 1;
        }

        return deliveries;
    }

    private static Task<RpcException> RefusalAsync(Func<Task> call) => Assert.ThrowsAsync<RpcException>(call);
}
