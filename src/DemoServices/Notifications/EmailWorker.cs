using Mesh.Demo.V1;
using Mesh.DemoServices.Messaging;
using Mesh.V1;

namespace Mesh.DemoServices.Notifications;

/// <summary>An e-mail for each order.</summary>
internal sealed class EmailWorker(MessagingChannel channel, Outbox outbox, TimeProvider time, ILogger<EmailWorker> log)
    : Postman(Inbox.Emails, channel, outbox, time, log)
{
    protected override Letter Write(QueueMessage message)
    {
        var order = Read<Order>(message);
        return new Letter(order.UserId, $"order {order.Id} is placed: {order.Items.Count} items, {order.TotalCents} cents");
    }
}
