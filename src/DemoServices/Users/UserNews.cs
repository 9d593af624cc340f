using Mesh.DemoServices.Messaging;

namespace Mesh.DemoServices.Users;

/// <summary>Tells once of each user: an event <c>user.created</c>. Instances that have the same users give it the same id, and it is there once.</summary>
internal sealed class UserNews(UserDirectory directory, EventPublisher publisher) : BackgroundService
{
    public const string Type = "user.created";

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => publisher.PublishAsync(
        [.. directory.All.Select(user => EventPublisher.Of(Type, user.Id, user.Id, user))], int.MaxValue, stoppingToken);
}
