using Google.Protobuf;
using Grpc.Core;
using Mesh.V1;

namespace Mesh.DemoServices.Messaging;

/// <summary>Publishes events, again under the same id where an answer was lost, which adds nothing twice. Any thread.</summary>
internal sealed class EventPublisher(MessagingChannel channel, TimeProvider time, ILogger<EventPublisher> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Events.EventsClient _events = new(channel.Grpc);
    private volatile bool _isOff;

    /// <summary>An event with a message of the demo in JSON.</summary>
    public static Event Of(string type, string id, string subject, IMessage what) => new()
    {
        Type = type,
        Id = id,
        Subject = subject,
        CorrelationId = subject,
        DataContentType = "application/json",
        Data = ByteString.CopyFromUtf8(JsonFormatter.Default.Format(what)),
    };

    /// <summary>Until it is done, or the attempts are spent, which is logged.</summary>
    public async Task PublishAsync(IReadOnlyList<Event> events, int attempts, CancellationToken cancellation)
    {
        for (var attempt = 1; !_isOff; attempt++)
        {
            try
            {
                await _events.PublishAsync(new PublishEventsRequest { Events = { events } }, cancellationToken: cancellation);
                return;
            }
            catch (RpcException error) when (error.StatusCode == StatusCode.Unavailable && attempt < attempts)
            {
                await Task.Delay(Pause, time, cancellation);
            }
            catch (RpcException error)
            {
                _isOff = error.StatusCode == StatusCode.FailedPrecondition;
                log.LogWarning("event {Id} was not published: {Status}", events[0].Id, error.Status);
                return;
            }
        }
    }
}
