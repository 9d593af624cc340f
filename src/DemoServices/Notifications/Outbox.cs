using Google.Protobuf.WellKnownTypes;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Notifications;

/// <summary>What was sent to whom; the oldest make room for the newest. Thread safe.</summary>
internal sealed class Outbox(TimeProvider time)
{
    /// <summary>Some megabytes at most, with texts of the length that the service lets through.</summary>
    private const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Queue<(string User, Notification Sent)> _sent = new();
    private long _lastId;

    public Notification Add(string user, string text)
    {
        lock (_lock)
        {
            if (_sent.Count == Capacity)
            {
                _sent.Dequeue();
            }

            var notification = new Notification { Id = $"n-{++_lastId}", Text = text, Time = time.GetUtcNow().ToTimestamp() };
            _sent.Enqueue((user, notification));
            return notification;
        }
    }

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<Notification> Of(string user)
    {
        lock (_lock)
        {
            return [.. _sent.Where(entry => entry.User == user).Select(entry => entry.Sent)];
        }
    }
}
