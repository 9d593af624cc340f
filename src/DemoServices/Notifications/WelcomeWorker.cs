using Mesh.Demo.V1;
using Mesh.DemoServices.Messaging;
using Mesh.V1;

namespace Mesh.DemoServices.Notifications;

/// <summary>A welcome for each user. One without credit is none whom it can reach: that message is handed back each time, and ends as a dead letter.</summary>
internal sealed class WelcomeWorker(MessagingChannel channel, Outbox outbox, TimeProvider time, ILogger<WelcomeWorker> log)
    : Postman(Inbox.Notifications, channel, outbox, time, log)
{
    protected override Letter Write(QueueMessage message)
    {
        var user = Read<User>(message);
        return new Letter(user.Id, $"welcome, {user.Name}", user.CreditCents == 0 ? $"{user.Id} has no device to be notified on" : null);
    }
}
