using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;

namespace Mesh.ControlPlane.Broker;

/// <summary>Streams of subscribers: those that get all, and members of groups. Any thread.</summary>
internal sealed class EventSubscriptions(MessageBroker broker, StreamScope scope, StreamPlaces places)
{
    private static readonly V1.EventFilter NoFilter = new();

    public Task RunAsync(
        IAsyncStreamReader<V1.SubscribeRequest> requests, IServerStreamWriter<V1.SubscribeResponse> responses, ServerCallContext context) =>
        scope.RunAsync(context, async cancellation =>
        {
            var begin = (await Dialogue.FirstAsync(requests, cancellation)).Begin ?? throw Faults.Invalid("begin: must be the first message");
            places.Enter();
            try
            {
                using var writer = new Dialogue.Writer<V1.SubscribeResponse>(responses);
                await (begin.Group.Length == 0
                    ? PlainAsync(begin, requests, writer, cancellation)
                    : GroupAsync(begin, requests, writer, Publisher.Of(context), cancellation));
            }
            finally
            {
                places.Leave();
            }
        });

    private async Task PlainAsync(
        V1.BeginSubscription begin, IAsyncStreamReader<V1.SubscribeRequest> requests, Dialogue.Writer<V1.SubscribeResponse> writer, CancellationToken cancellation)
    {
        var after = await PlainSubscription.FindAsync(broker.Engine, begin.Start);
        var credit = new CreditAccount(begin.Credit);
        var subscription = new PlainSubscription(broker.Engine, EventForm.Read(begin.Filter), credit);
        await writer.WriteAsync(new V1.SubscribeResponse { Subscribed = new V1.Subscribed { AfterSequence = after } }, cancellation);
        await Dialogue.RunAsync(
            async both =>
            {
                while (await requests.MoveNext(both))
                {
                    credit.Grant(requests.Current.Credit ?? throw Faults.Invalid("request: must be a credit; ack, nack and extend are for groups"));
                }

                credit.Close();
            },
            both => subscription.RunAsync(
                after,
                stored => writer.WriteAsync(new V1.SubscribeResponse { Delivery = new V1.EventDelivery { Event = EventForm.Write(stored) } }, both),
                (was, oldest) => writer.WriteAsync(
                    new V1.SubscribeResponse { Missed = new V1.MissedEvents { AfterSequence = was, OldestSequence = oldest } }, both),
                both),
            endsWithReader: false,
            cancellation);
    }

    private async Task GroupAsync(
        V1.BeginSubscription begin,
        IAsyncStreamReader<V1.SubscribeRequest> requests,
        Dialogue.Writer<V1.SubscribeResponse> writer,
        Publisher member,
        CancellationToken cancellation)
    {
        await JoinAsync(begin);
        var name = BacklogName.Group(begin.Group);
        var position = (await broker.Engine.StatsAsync(name)).OrThrow().Position;
        await writer.WriteAsync(new V1.SubscribeResponse { Subscribed = new V1.Subscribed { AfterSequence = position } }, cancellation);
        var credit = new CreditAccount(begin.Credit);
        var stream = new LeasedStream(broker.Engine, name, LeasedStream.HolderOf(member), credit, lease: null);
        var isOrderly = false;
        try
        {
            isOrderly = await Dialogue.RunAsync(
                async both =>
                {
                    while (await requests.MoveNext(both))
                    {
                        var settled = await SettleAsync(requests.Current, credit, stream);
                        if (settled is { LostTokens.Count: > 0 })
                        {
                            await writer.WriteAsync(new V1.SubscribeResponse { Settled = settled }, both);
                        }
                    }
                },
                both => stream.RunAsync(delivery => writer.WriteAsync(new V1.SubscribeResponse { Delivery = Write(delivery) }, both), both),
                endsWithReader: true,
                cancellation);
        }
        finally
        {
            // Who comes back to another control plane, or to this one when it is there again, still has its leases.
            if (!scope.IsEnding)
            {
                await stream.EndAsync(isOrderly);
            }
        }
    }

    /// <summary>The group is there, as the member wants it.</summary>
    private async Task JoinAsync(V1.BeginSubscription begin)
    {
        var known = broker.Engine.List(BacklogKind.Group).FirstOrDefault(group => group.Name.Name == begin.Group);
        if (known is not null && begin.Rules is null && (begin.Filter is null || begin.Filter.Equals(NoFilter)))
        {
            return;
        }

        var options = new GroupOptions
        {
            Filter = begin.Filter is null && known is not null ? known.Group!.Filter : EventForm.Read(begin.Filter),
            Rules = begin.Rules is null && known is not null ? known.Group!.Rules : QueueForm.Read(begin.Rules),
            StartAfter = begin.Start is null || known is not null ? null : await PlainSubscription.FindAsync(broker.Engine, begin.Start),
        };
        (await broker.Engine.CreateGroupAsync(begin.Group, options)).OrThrow();
    }

    private static async Task<V1.Settled?> SettleAsync(V1.SubscribeRequest request, CreditAccount credit, LeasedStream stream)
    {
        switch (request.RequestCase)
        {
            case V1.SubscribeRequest.RequestOneofCase.Credit:
                credit.Grant(request.Credit);
                return null;
            case V1.SubscribeRequest.RequestOneofCase.Ack:
                return await stream.AckAsync(request.Ack.Tokens);
            case V1.SubscribeRequest.RequestOneofCase.Nack:
                return await stream.NackAsync(request.Nack);
            case V1.SubscribeRequest.RequestOneofCase.Extend:
                return await stream.ExtendAsync(request.Extend);
            case V1.SubscribeRequest.RequestOneofCase.Begin:
                throw Faults.Invalid("begin: is given more than once");
            default:
                throw Faults.Invalid("request: must be a credit, an ack, a nack or an extend");
        }
    }

    private static V1.EventDelivery Write(Delivery delivery) => new()
    {
        Event = EventForm.Write(delivery.Message),
        Token = delivery.Token.ToString(),
        Attempt = (uint)delivery.Attempt,
        Lease = delivery.Lease.ToDuration(),
    };
}
