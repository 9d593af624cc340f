using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Api;
using Mesh.ControlPlane.Paging;
using Mesh.Messaging.Delivering;
using Mesh.Messaging.Events;

namespace Mesh.ControlPlane.Broker;

/// <summary>mesh.v1.Events: the log of events, and the groups that share it.</summary>
internal sealed class EventsService(MessageBroker broker, EventSubscriptions subscriptions) : V1.Events.EventsBase
{
    // Of one answer; gRPC's clients take 4 MiB.
    private const int MostAnswer = 3 * 1024 * 1024;
    private const int DefaultPage = 100;

    public override Task<V1.PublishEventsResponse> Publish(V1.PublishEventsRequest request, ServerCallContext context) =>
        PublishAsync(request, Publisher.Of(context));

    /// <exception cref="RpcException">They are refused.</exception>
    public async Task<V1.PublishEventsResponse> PublishAsync(V1.PublishEventsRequest request, Publisher publisher)
    {
        var response = new V1.PublishEventsResponse();
        response.Events.AddRange((await AppendAsync(request, publisher)).Select(added => new V1.PublishedEvent
        {
            Id = added.Id,
            Sequence = added.Sequence,
            Duplicate = added.IsDuplicate,
        }));
        return response;
    }

    public override async Task<V1.PublishStreamResponse> PublishStream(IAsyncStreamReader<V1.PublishEventsRequest> requestStream, ServerCallContext context)
    {
        var publisher = Publisher.Of(context);
        var response = new V1.PublishStreamResponse();
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            foreach (var added in await AppendAsync(requestStream.Current, publisher))
            {
                response.Published += added.IsDuplicate ? 0u : 1u;
                response.Duplicates += added.IsDuplicate ? 1u : 0u;
                response.LastSequence = added.Sequence;
            }
        }

        return response;
    }

    public override Task Subscribe(
        IAsyncStreamReader<V1.SubscribeRequest> requestStream, IServerStreamWriter<V1.SubscribeResponse> responseStream, ServerCallContext context) =>
        subscriptions.RunAsync(requestStream, responseStream, context);

    public override Task<V1.QueryEventsResponse> Query(V1.QueryEventsRequest request, ServerCallContext context) => QueryAsync(request);

    /// <exception cref="RpcException">It cannot be asked so.</exception>
    public async Task<V1.QueryEventsResponse> QueryAsync(V1.QueryEventsRequest request)
    {
        if (request.PageToken.Length != 0 && !long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            throw Faults.Invalid("page_token: is not one of this list; send the next_page_token as it came, with the other fields as they were");
        }

        var query = new EventQuery
        {
            Filter = EventForm.Read(request.Filter),
            From = Times.Read(request.From, "from"),
            Until = Times.Read(request.Until, "until"),
            IsNewestFirst = request.NewestFirst,
            PageSize = request.PageSize == 0 ? DefaultPage : request.PageSize,
            After = request.PageToken.Length == 0 ? null : long.Parse(request.PageToken, CultureInfo.InvariantCulture),
        };
        var page = (await broker.Engine.QueryAsync(query)).OrThrow();
        var response = new V1.QueryEventsResponse();
        var fill = new MessageFill(maxBytes: MostAnswer);
        foreach (var stored in page.Events)
        {
            var said = EventForm.Write(stored);
            if (!fill.TryAdd(said))
            {
                response.NextPageToken = Token(response.Events[^1].Sequence);
                return response;
            }

            response.Events.Add(said);
        }

        response.NextPageToken = page.IsMore ? Token(page.Next) : "";
        return response;
    }

    public override async Task<V1.SetRetentionResponse> SetRetention(V1.SetRetentionRequest request, ServerCallContext context)
    {
        var kept = new Retention(request.Count == 0 ? Retention.Default.Count : (long)Math.Min(request.Count, long.MaxValue), Times.Read(request.Age, "age"));
        (await broker.Engine.SetRetentionAsync(request.Type, kept)).OrThrow();
        return new V1.SetRetentionResponse();
    }

    public override async Task<V1.Group> CreateGroup(V1.CreateGroupRequest request, ServerCallContext context)
    {
        var options = new GroupOptions
        {
            Filter = EventForm.Read(request.Filter),
            Rules = QueueForm.Read(request.Rules),
            StartAfter = request.Start is null ? null : await PlainSubscription.FindAsync(broker.Engine, request.Start),
        };
        return GroupOf((await broker.Engine.CreateGroupAsync(request.Name, options)).OrThrow());
    }

    public override async Task<V1.ListGroupsResponse> ListGroups(V1.ListGroupsRequest request, ServerCallContext context)
    {
        var response = new V1.ListGroupsResponse();
        if (request.Name.Length != 0)
        {
            // Says which there are, if it is none of them.
            (await broker.Engine.StatsAsync(BacklogName.Group(request.Name))).OrThrow();
        }

        var fill = new MessageFill();
        foreach (var group in broker.Engine.List(BacklogKind.Group).Where(group => IsMeant(group.Name.Name, request)))
        {
            // One that was removed meanwhile has none.
            if (await broker.Engine.StatsAsync(group.Name) is { IsDone: true, Value: { } stats })
            {
                var said = GroupOf(group);
                said.Stats = QueueForm.Write(stats);
                if (!fill.TryAdd(said))
                {
                    response.NextPageToken = response.Groups[^1].Name;
                    break;
                }

                response.Groups.Add(said);
            }
        }

        return response;
    }

    public override async Task<V1.DeleteGroupResponse> DeleteGroup(V1.DeleteGroupRequest request, ServerCallContext context)
    {
        (await broker.Engine.DeleteAsync(BacklogName.Group(request.Name))).OrThrow();
        return new V1.DeleteGroupResponse();
    }

    public override async Task<V1.RedriveGroupResponse> RedriveGroup(V1.RedriveGroupRequest request, ServerCallContext context) => new()
    {
        Redriven = (ulong)(await broker.Engine.RedriveAsync(BacklogName.Group(request.Name), QueuesService.CountOf(request.Count))).OrThrow(),
    };

    private async Task<IReadOnlyList<AppendedEvent>> AppendAsync(V1.PublishEventsRequest request, Publisher publisher) =>
        (await broker.Engine.AppendAsync([.. request.Events.Select((said, i) => EventForm.Read(said, publisher, i + 1))])).OrThrow();

    private static bool IsMeant(string group, V1.ListGroupsRequest request) =>
        (request.Name.Length == 0 || group == request.Name) && string.CompareOrdinal(group, request.PageToken) > 0;

    private static V1.Group GroupOf(Mesh.Messaging.Backlog group) => new()
    {
        Name = group.Name.Name,
        Filter = EventForm.Write(group.Group!.Filter),
        Rules = QueueForm.Write(group.Group.Rules),
    };

    private static string Token(long sequence) => sequence.ToString(CultureInfo.InvariantCulture);
}
