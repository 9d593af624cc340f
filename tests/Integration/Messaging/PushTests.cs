using Mesh.Integration.Http1;
using Mesh.Integration.Processes;
using Mesh.V1;

namespace Mesh.Integration.Messaging;

/// <summary>An app that has an endpoint and no client consumes events.</summary>
public sealed class PushTests
{
    [Fact]
    public async Task Events_are_posted_to_the_app_again_until_it_takes_them_and_buried_if_it_never_does()
    {
        var config = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(config, """
            service: mailer
            inbound:
              push:
              - {name: good, types: [order.created], path: /events}
              - {name: bad, types: ["order.*"], path: "/flaky?which=bad", max_deliveries: 2}
            """);
        try
        {
            await using var app = await WebServer.StartAsync();
            app.FailFirst = 100;
            await using var plane = await ControlPlane.StartAsync("--config", config);
            await using var sidecar = await Sidecar.StartAsync("--service", "mailer", "--app", app.Address, "--health", "none", "--control-plane", plane.Url);
            var events = new Events.EventsClient(plane.Channel);
            await Bound.UntilAsync(async () => (await GroupsAsync(events)).Count == 2, () => "the groups of the subscriptions");

            await events.PublishAsync(new PublishEventsRequest { Events = { new Event { Type = "order.created", Id = "o 1", Subject = "o-1" } } }, cancellationToken: Bound.Token);
            await Bound.UntilAsync(
                async () => await GroupsAsync(events) is var groups && groups["push/mailer/good"].Acknowledged == 1 && groups["push/mailer/bad"].Dead == 1,
                () => $"one taken and one buried, of {string.Join(", ", app.Seen)}");
            Assert.Single(app.Seen, "POST /events mailer");
            Assert.Equal(2, app.Seen.Count(seen => seen == "POST /flaky?which=bad mailer"));
        }
        finally
        {
            File.Delete(config);
        }
    }

    private static async Task<Dictionary<string, BacklogStats>> GroupsAsync(Events.EventsClient events) =>
        (await events.ListGroupsAsync(new ListGroupsRequest(), cancellationToken: Bound.Token)).Groups.ToDictionary(group => group.Name, group => group.Stats);
}
