using Grpc.Core;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Notifications;

/// <summary><c>demo.v1.Notifications</c>: keeps what it would send, calls nobody.</summary>
internal sealed class NotificationsService(Outbox outbox) : Demo.V1.Notifications.NotificationsBase
{
    private const int MaxId = 64;
    private const int MaxText = 500;

    public override Task<NotifyResponse> Notify(NotifyRequest request, ServerCallContext context)
    {
        if (request.UserId.Length is 0 or > MaxId)
        {
            throw Refusal.Invalid($"user_id: must have 1 to {MaxId} characters");
        }

        if (request.Text.Length is 0 or > MaxText)
        {
            throw Refusal.Invalid($"text: must have 1 to {MaxText} characters");
        }

        return Task.FromResult(new NotifyResponse { Id = outbox.Add(request.UserId, request.Text).Id });
    }

    public override Task<ListNotificationsResponse> ListNotifications(ListNotificationsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListNotificationsResponse { Notifications = { outbox.Of(request.UserId) } });
}
