using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;

namespace Mesh.ControlPlane.Broker;

/// <summary>Messages of queues as the API has them, and as the engine does.</summary>
internal static class QueueForm
{
    /// <param name="said">By the publisher.</param>
    /// <param name="publisher">Who that is.</param>
    /// <param name="number">Of the message in its batch, from 1.</param>
    /// <param name="now">By which `not_before` is turned into a delay.</param>
    /// <exception cref="RpcException">It is no message.</exception>
    public static QueueMessage Read(V1.QueueMessage said, Publisher publisher, int number, DateTimeOffset now)
    {
        var which = $"message {number}";
        var delay = Times.Read(said.Delay, $"{which}: delay");
        if (Times.Read(said.NotBefore, $"{which}: not_before") is { } due)
        {
            delay = delay is null ? due > now ? due - now : TimeSpan.Zero : throw Faults.Invalid($"{which}: has delay and not_before; give one of them");
        }

        return new QueueMessage
        {
            Message = new Message
            {
                Id = said.Id,
                Source = publisher.Source,
                OrderingKey = Optional(said.OrderingKey),
                CorrelationId = Optional(said.CorrelationId),
                Attributes = Attributes.Of(said.DataContentType, said.Traceparent.Length == 0 ? publisher.Traceparent : said.Traceparent, said.Attributes, which),
                Data = said.Data.Memory,
            },
            DeduplicationKey = Optional(said.DeduplicationKey),
            Delay = delay ?? TimeSpan.Zero,
            TimeToLive = Times.Read(said.Ttl, $"{which}: ttl"),
            Priority = (int)Math.Min(said.Priority, int.MaxValue),
        };
    }

    public static V1.QueueMessage Write(StoredMessage stored)
    {
        var message = stored.Message;
        var said = new V1.QueueMessage
        {
            Id = message.Id,
            Source = message.Source,
            OrderingKey = message.OrderingKey ?? "",
            CorrelationId = message.CorrelationId ?? "",
            DataContentType = Attributes.Find(message.Attributes, Attributes.ContentType),
            Traceparent = Attributes.Find(message.Attributes, Attributes.Traceparent),
            Data = UnsafeByteOperations.UnsafeWrap(message.Data),
            Sequence = stored.Sequence,
            StoredAt = stored.StoredAt.ToTimestamp(),
            Damage = stored.Damage ?? "",
        };
        Attributes.CopyOwn(message.Attributes, said.Attributes);
        return said;
    }

    public static V1.MessageDelivery Write(Delivery delivery) => new()
    {
        Message = Write(delivery.Message),
        Token = delivery.Token.ToString(),
        Attempt = (uint)delivery.Attempt,
        Lease = delivery.Lease.ToDuration(),
    };

    public static V1.HeldMessage Write(HeldMessage held) => new()
    {
        Message = Write(held.Message),
        Phase = (V1.MessagePhase)(held.Phase + 1),
        Attempts = (uint)held.Attempts,
        DueIn = held.DueIn?.ToDuration(),
        Holder = held.Holder ?? "",
        Reason = held.Reason ?? "",
    };

    public static QueueOptions Read(V1.QueueOptions? said) => new()
    {
        Rules = Read(said?.Rules),
        MaxLength = said is null or { MaxLength: 0 } ? new QueueOptions().MaxLength : (long)Math.Min(said.MaxLength, long.MaxValue),
    };

    public static DeliveryRules Read(V1.DeliveryRules? said)
    {
        var rules = new DeliveryRules();
        return said is null ? rules : rules with
        {
            Lease = Times.Read(said.Lease, "rules.lease") ?? rules.Lease,
            MaxDeliveries = said.MaxDeliveries == 0 ? rules.MaxDeliveries : (int)Math.Min(said.MaxDeliveries, int.MaxValue),
        };
    }

    public static V1.DeliveryRules Write(DeliveryRules rules) => new() { Lease = rules.Lease.ToDuration(), MaxDeliveries = (uint)rules.MaxDeliveries };

    public static V1.QueueOptions Write(QueueOptions options) => new() { Rules = Write(options.Rules), MaxLength = (ulong)options.MaxLength };

    public static V1.BacklogStats Write(BacklogStats stats) => new()
    {
        Ready = (ulong)stats.Ready,
        Leased = (ulong)stats.Leased,
        Delayed = (ulong)stats.Delayed,
        Waiting = (ulong)stats.Waiting,
        Dead = (ulong)stats.Dead,
        OldestAge = stats.OldestAge?.ToDuration(),
        Published = (ulong)stats.Published,
        Delivered = (ulong)stats.Delivered,
        Acknowledged = (ulong)stats.Acknowledged,
        Expired = (ulong)stats.Expired,
        Position = stats.Position,
        Behind = (ulong)stats.Behind,
        Missed = (ulong)stats.Missed,
    };

    /// <summary>The deliveries that are meant.</summary>
    /// <exception cref="RpcException">One is none.</exception>
    public static IReadOnlyList<LeaseToken> Tokens(IReadOnlyList<string> said)
    {
        var tokens = new LeaseToken[said.Count];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (!LeaseToken.TryParse(said[i], out tokens[i]))
            {
                throw Faults.Invalid($"tokens: '{Shown.Text(said[i])}' is none of a delivery");
            }
        }

        return tokens;
    }

    /// <summary>Those that did not hold any more.</summary>
    public static V1.Settled Lost(IReadOnlyList<string> tokens, IReadOnlyList<bool> held)
    {
        var settled = new V1.Settled();
        for (var i = 0; i < held.Count; i++)
        {
            if (!held[i])
            {
                settled.LostTokens.Add(tokens[i]);
            }
        }

        return settled;
    }

    private static string? Optional(string text) => text.Length == 0 ? null : text;
}
