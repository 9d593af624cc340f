using System.Text;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;
using Mesh.Messaging.Messages;
using Mesh.Messaging.Queues;
using Mesh.Messaging.Results;

namespace Mesh.Messaging;

/// <summary>What is refused before an engine is asked, the same for each: values out of their range, messages that are too large.</summary>
internal static class RequestChecks
{
    private const int MaxText = 256;
    private const int MaxAttributes = 64;
    private const int MaxPage = 1_000;

    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(365);
    private static readonly TimeSpan MinLease = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxLease = TimeSpan.FromHours(12);

    public static Refusal? OfEvents(IReadOnlyList<Message> events, MessagingLimits limits)
    {
        if (OfBatch(events.Count, limits) is { } batch)
        {
            return batch;
        }

        for (var i = 0; i < events.Count; i++)
        {
            if (TypePattern.WhyNoType(events[i].Type) is { } why)
            {
                return Invalid($"event {i + 1}: its type '{Shown(events[i].Type)}' {why}");
            }

            if (OfMessage(events[i], $"event {i + 1}", limits) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    public static Refusal? OfMessages(IReadOnlyList<QueueMessage> messages, MessagingLimits limits)
    {
        if (OfBatch(messages.Count, limits) is { } batch)
        {
            return batch;
        }

        for (var i = 0; i < messages.Count; i++)
        {
            var (message, which) = (messages[i], $"message {i + 1}");
            if (OfMessage(message.Message, which, limits) is { } refusal)
            {
                return refusal;
            }

            if (OfText(message.DeduplicationKey, which, "deduplication key") is { } key)
            {
                return key;
            }

            if (message.Priority is < 0 or > QueueMessage.MaxPriority)
            {
                return Invalid($"{which}: its priority {message.Priority} is not among 0 to {QueueMessage.MaxPriority}");
            }

            if (message.Delay < TimeSpan.Zero || message.Delay > MaxDelay)
            {
                return Invalid($"{which}: its delay of {message.Delay.TotalSeconds} s is not among 0 s to 365 d");
            }

            if (message.TimeToLive is { } life && (life < TimeSpan.FromMilliseconds(1) || life > MaxDelay || life <= message.Delay))
            {
                return Invalid($"{which}: its time to live of {life.TotalSeconds} s is not among 1 ms to 365 d, and longer than its delay");
            }
        }

        return null;
    }

    public static Refusal? OfName(BacklogName name) => name.WhyNot() is { } why ? Invalid($"{Shown(name.ToString())}: the name {why}") : null;

    public static Refusal? OfRules(BacklogName name, DeliveryRules rules) =>
        OfName(name) ?? (rules.WhyNot() is { } why ? Invalid($"{name}: {why}") : null);

    public static Refusal? OfQueue(BacklogName name, QueueOptions options) =>
        OfRules(name, options.Rules)
        ?? (options.MaxLength is < 1 or > 100_000_000 ? Invalid($"{name}: a max_length of {options.MaxLength} is not among 1 to 100000000") : null);

    public static Refusal? OfGroup(BacklogName name, GroupOptions options) => OfRules(name, options.Rules) ?? OfFilter(options.Filter);

    public static Refusal? OfFilter(EventFilter filter)
    {
        if (filter.Types.Count > 16)
        {
            return Invalid($"a filter with {filter.Types.Count} types: 16 are allowed");
        }

        foreach (var pattern in filter.Types)
        {
            if (TypePattern.WhyNot(pattern) is { } why)
            {
                return Invalid($"the type '{Shown(pattern)}' of a filter {why}");
            }
        }

        return OfText(filter.Source, "a filter", "source") ?? OfText(filter.Subject, "a filter", "subject") ?? OfText(filter.CorrelationId, "a filter", "correlation id");
    }

    public static Refusal? OfClaim(Claim claim) =>
        claim.Holder.Length is 0 or > MaxText ? Invalid($"the holder's name has {claim.Holder.Length} characters: 1 to {MaxText} are allowed")
        : OfCount(claim.Count, "messages")
        ?? (claim.Bytes < 1 ? Invalid($"{claim.Bytes} bytes: 1 or more are allowed") : null)
        ?? OfLease(claim.Lease);

    public static Refusal? OfCount(long count, string what) => count is < 1 or > MaxPage ? Invalid($"{count} {what} at once: 1 to {MaxPage} are allowed") : null;

    public static Refusal? OfTokens(int count) => count is < 1 or > 10_000 ? Invalid($"{count} tokens at once: 1 to 10000 are allowed") : null;

    public static Refusal? OfLease(TimeSpan? lease) =>
        lease < MinLease || lease > MaxLease ? Invalid($"a lease of {lease.Value.TotalSeconds} s: 1 s to 12 h are allowed") : null;

    public static Refusal? OfDelay(TimeSpan delay) =>
        delay < TimeSpan.Zero || delay > MaxDelay ? Invalid($"a delay of {delay.TotalSeconds} s: 0 s to 365 d are allowed") : null;

    public static Refusal? OfRetention(string type, Retention retention) =>
        TypePattern.WhyNoType(type) is { } why ? Invalid($"the type '{Shown(type)}' {why}")
        : retention.Count is < 1 or > 1_000_000_000 ? Invalid($"'{type}': a retention of {retention.Count} events: 1 to 1000000000 are allowed")
        : retention.MaxAge < TimeSpan.FromMinutes(1) || retention.MaxAge > TimeSpan.FromDays(3650) ? Invalid($"'{type}': a retention of {retention.MaxAge.TotalMinutes} min: 1 min to 10 years are allowed")
        : null;

    private static Refusal? OfBatch(int count, MessagingLimits limits) =>
        count == 0 ? Invalid("there is nothing to publish: a batch has 1 message at least")
        : count > limits.MaxBatch ? new Refusal(RefusalKind.InvalidArgument, $"{count} messages in one batch: {limits.MaxBatch} are allowed (MaxBatch); send several")
        : null;

    private static Refusal? OfMessage(Message message, string which, MessagingLimits limits)
    {
        var refusal = OfText(message.Id, which, "id") ?? OfText(message.Source, which, "source") ?? OfText(message.Subject, which, "subject")
            ?? OfText(message.OrderingKey, which, "ordering key") ?? OfText(message.CorrelationId, which, "correlation id");
        if (refusal is not null)
        {
            return refusal;
        }

        if (message.Attributes.Count > MaxAttributes)
        {
            return Invalid($"{which} has {message.Attributes.Count} attributes: {MaxAttributes} are allowed");
        }

        var size = MessageCodec.Size(message);
        return size > limits.MaxMessageBytes
            ? new Refusal(RefusalKind.ResourceExhausted, $"{which} has {size} bytes with its attributes: {limits.MaxMessageBytes} are allowed (MaxMessageBytes)")
            : null;
    }

    private static Refusal? OfText(string? text, string which, string what)
    {
        if (text is null)
        {
            return null;
        }

        if (text.Length > MaxText)
        {
            return Invalid($"{which}: its {what} has {text.Length} characters: {MaxText} are allowed");
        }

        foreach (var character in text)
        {
            if (char.IsControl(character) || char.IsSurrogate(character))
            {
                return Invalid($"{which}: its {what} has a character that is no printable text (U+{(int)character:X4})");
            }
        }

        return null;
    }

    private static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var character in text.Length > 80 ? text[..80] + "…" : text)
        {
            shown.Append(char.IsControl(character) ? '?' : character);
        }

        return shown.ToString();
    }

    private static Refusal Invalid(string why) => new(RefusalKind.InvalidArgument, why);
}
