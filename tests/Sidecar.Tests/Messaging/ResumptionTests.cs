using Google.Protobuf;
using Mesh.Sidecar.Local.Resuming;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Messaging;

/// <summary>What a stream that is begun anew begins with.</summary>
public sealed class ResumptionTests
{
    [Fact]
    public void A_subscription_goes_on_behind_what_was_sent_with_the_credit_that_is_left()
    {
        var subscription = new SubscribeResumption();
        Assert.True(subscription.Begin(Begin(new BeginSubscription
        {
            Filter = new EventFilter { Types_ = { "a.*" } },
            Start = new StartPosition { Now = true },
            Credit = new Credit { Messages = 3, Bytes = 100 },
        })));
        Assert.True(subscription.Heard(new SubscribeResponse { Subscribed = new Subscribed { AfterSequence = 7 } }));
        Assert.Equal(7, subscription.Resumed().Begin.Start.AfterSequence);

        Assert.True(subscription.Heard(Delivery(9, bytes: 40)));
        Assert.True(subscription.Said(new SubscribeRequest { Credit = new Credit { Messages = 5, Bytes = 10 } }));
        var resumed = subscription.Resumed().Begin;
        Assert.Equal((9, 7u, 70ul), (resumed.Start.AfterSequence, resumed.Credit.Messages, resumed.Credit.Bytes));
        Assert.Equal("a.*", Assert.Single(resumed.Filter.Types_));

        // That it holds once more is nothing that its caller would understand.
        Assert.False(subscription.Heard(new SubscribeResponse { Subscribed = new Subscribed { AfterSequence = 9 } }));
    }

    [Fact]
    public void A_group_knows_itself_where_it_is()
    {
        var member = new SubscribeResumption();
        member.Begin(Begin(new BeginSubscription { Group = "g", Start = new StartPosition { AfterSequence = 0 }, Credit = new Credit { Messages = 2 } }));
        member.Heard(new SubscribeResponse { Subscribed = new Subscribed { AfterSequence = 5 } });
        member.Heard(Delivery(6, bytes: 10));
        var resumed = member.Resumed().Begin;
        Assert.Equal((0, 1u, 0ul), (resumed.Start.AfterSequence, resumed.Credit.Messages, resumed.Credit.Bytes));

        // What is settled is not in the beginning: it is said again if it did not go out.
        Assert.False(member.Said(new SubscribeRequest { Ack = new Acknowledge { Tokens = { "t" } } }));
    }

    [Fact]
    public void A_consumer_that_is_overdrawn_is_sent_nothing_before_it_grants_more()
    {
        var consumer = new ReceiveResumption();
        consumer.Begin(new ReceiveRequest { Begin = new BeginReceiving { Queue = "q", Credit = new Credit { Messages = 1, Bytes = 1 } } });
        consumer.Heard(new ReceiveResponse { Delivery = new MessageDelivery { Message = new QueueMessage { Data = ByteString.CopyFrom(new byte[50]) } } });
        Assert.Equal(0u, consumer.Resumed().Begin.Credit.Messages);
        consumer.Said(new ReceiveRequest { Credit = new Credit { Messages = 1, Bytes = 60 } });
        var credit = consumer.Resumed().Begin.Credit;
        Assert.Equal((1u, 11ul), (credit.Messages, credit.Bytes));
    }

    private static SubscribeRequest Begin(BeginSubscription begin) => new() { Begin = begin };

    private static SubscribeResponse Delivery(long sequence, int bytes) =>
        new() { Delivery = new EventDelivery { Event = new Event { Sequence = sequence, Data = ByteString.CopyFrom(new byte[bytes]) } } };
}
