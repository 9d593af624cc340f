using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.Hosting;
using Mesh.V1;
using Microsoft.AspNetCore.Http.Features;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Registry: validates, calls the registry, maps what it says.</summary>
internal sealed class RegistryService(
    ServiceRegistry registry, Replica replica, StoreIdentity store, StreamScope scope, TimeProvider time, Counters counters, ILogger<RegistryService> log)
    : V1.Registry.RegistryBase
{
    // One who reads nothing of a snapshot for so long keeps the whole state of then in memory.
    private static readonly TimeSpan LongestPart = TimeSpan.FromMinutes(1);

    // RFC 9113, section 7.
    private const int EnhanceYourCalm = 0xb;

    private const int LongestFault = 512;

    // Who is refused tries on.
    private static readonly TimeSpan RefusedInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FrozenPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FrozenLook = TimeSpan.FromSeconds(0.25);

    private readonly Random _random = new();
    private readonly RareLine _refused = new(time, RefusedInterval);
    private readonly Duration _leaseTtl = registry.LeaseTtl.ToDuration();
    private RegisterResponse? _usual;

    public override async Task Register(
        IAsyncStreamReader<RegisterRequest> requestStream, IServerStreamWriter<RegisterResponse> responseStream, ServerCallContext context)
    {
        using var holder = new LeaseHolder();
        try
        {
            await scope.RunAsync(context, Hold, () => TakenOver(holder), holder.TakenOver);
        }
        finally
        {
            registry.Release(holder);
        }

        async Task Hold(CancellationToken cancellation)
        {
            if (replica.Frozen is not null)
            {
                // Nothing can be registered. Thousands who are told so at once, and come again at once, would leave no time for what
                // would thaw it; nor would an exception for each.
                var begun = time.GetTimestamp();
                var longest = FrozenPause * (0.5 + NextRandom());
                while (replica.Frozen is not null && time.GetElapsedTime(begun) < longest)
                {
                    await Task.Delay(FrozenLook, time, cancellation);
                }

                if (replica.Frozen is { } why)
                {
                    context.Status = new Status(StatusCode.Unavailable, StatusText.Fit($"FROZEN: {why}"));
                    return;
                }
            }

            while (await requestStream.MoveNext(cancellation))
            {
                var answer = await AcceptAsync(requestStream.Current, holder);
                await responseStream.WriteAsync(ResponseOf(answer), cancellation);
            }
        }
    }

    public override async Task<DeregisterResponse> Deregister(DeregisterRequest request, ServerCallContext context) =>
        await registry.DeregisterAsync(request.Service, request.InstanceId) is { } revision
            ? new DeregisterResponse { Revision = revision }
            : throw Faults.NotFound($"service '{Shown.Text(request.Service)}' has no instance '{Shown.Text(request.InstanceId)}'");

    public override Task<GetServiceResponse> GetService(GetServiceRequest request, ServerCallContext context)
    {
        var state = registry.State;
        if (!state.Services.TryGetValue(request.Name, out var service))
        {
            throw Faults.NotFound($"no instance of service '{Shown.Text(request.Name)}' was ever registered");
        }

        return Task.FromResult(RegistryLists.Service(state, service));
    }

    public override Task<ListServicesResponse> ListServices(ListServicesRequest request, ServerCallContext context) =>
        Task.FromResult(RegistryLists.Services(registry.State, request));

    public override Task<ListInstancesResponse> ListInstances(ListInstancesRequest request, ServerCallContext context) =>
        Task.FromResult(RegistryLists.Instances(registry.State, request));

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        if (ServiceNames.FirstFault(request.Services) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        if (request.FromRevision < 0)
        {
            throw Faults.Invalid("from_revision: must not be negative; 0 begins with a snapshot");
        }

        using var watcher = registry.Watch(request.Services, request.FromRevision, context.GetHttpContext().Connection.Id, out var refused)
            ?? throw Faults.Exhausted(refused!);
        await scope.RunAsync(context, async cancellation =>
        {
            await foreach (var response in watcher.ReadAsync(cancellation))
            {
                var written = responseStream.WriteAsync(response, cancellation);
                await (response.EventCase == WatchResponse.EventOneofCase.Snapshot ? WithinAsync(written, context) : written);
            }
        });
    }

    public override Task<ListReplicasResponse> ListReplicas(ListReplicasRequest request, ServerCallContext context)
    {
        var response = new ListReplicasResponse { Frozen = StatusText.Fit(replica.Frozen ?? ""), StoreId = store.Id, Revision = store.Revision };
        response.Replicas.Add(replica.All().Select(known => new ControlPlaneReplica
        {
            Name = known.Name,
            Address = known.Address,
            StartTime = known.Started.ToTimestamp(),
            Leads = known.Leads,
            Answers = known.IsSelf,
        }));
        return Task.FromResult(response);
    }

    private async Task WithinAsync(Task written, ServerCallContext context)
    {
        try
        {
            await written.WaitAsync(LongestPart, time);
        }
        catch (TimeoutException)
        {
            // One who does not read does not read a status either: the stream goes, with what waits on it. Clients take this
            // code for RESOURCE_EXHAUSTED.
            context.GetHttpContext().Features.Get<IHttpResetFeature>()?.Reset(EnhanceYourCalm);
            throw Faults.Exhausted($"nothing of the snapshot was read for {LongestPart.TotalSeconds} s");
        }
    }

    // Calls run on many threads.
    private double NextRandom()
    {
        lock (_random)
        {
            return _random.NextDouble();
        }
    }

    // Heartbeats between two changes are all answered alike.
    private RegisterResponse ResponseOf(RegisterAnswer answer)
    {
        if (Volatile.Read(ref _usual) is { } usual && usual.Revision == answer.Revision && answer.Other.Length == 0)
        {
            return usual;
        }

        var response = new RegisterResponse { LeaseTtl = _leaseTtl, Revision = answer.Revision, Contender = answer.Other };
        if (answer.Other.Length == 0)
        {
            Volatile.Write(ref _usual, response);
        }

        return response;
    }

    private async ValueTask<RegisterAnswer> AcceptAsync(RegisterRequest request, LeaseHolder holder)
    {
        var answer = request.RequestCase switch
        {
            RegisterRequest.RequestOneofCase.Registration => await RegisterAsync(request.Registration, holder),
            RegisterRequest.RequestOneofCase.Heartbeat => await HeartbeatAsync(request.Heartbeat, holder),
            _ => throw Faults.Invalid("request: must be a registration or a heartbeat"),
        };
        return answer.Outcome switch
        {
            RegisterOutcome.Applied => answer,
            RegisterOutcome.Held => throw Held(request.Registration.Instance, answer.Other),
            RegisterOutcome.Full => throw Faults.Exhausted(registry.Fullness),
            RegisterOutcome.OtherInstance => throw Faults.Invalid("instance: this stream holds another instance; open a stream for each"),
            _ => throw Over(holder),
        };
    }

    private Task<RegisterAnswer> RegisterAsync(Registration registration, LeaseHolder holder)
    {
        var faults = RegistrationFaults.Of(registration);
        if (faults.Count != 0)
        {
            counters.RegistrationRefused();
            if (_refused.IsDue(out var more))
            {
                log.LogWarning("registration refused: {Fault} ({Count} in all){More}", PrintableText.Of(faults[0], LongestFault), faults.Count, more);
            }

            throw Faults.Invalid(faults);
        }

        return registry.RegisterAsync(registration, holder);
    }

    private ValueTask<RegisterAnswer> HeartbeatAsync(Heartbeat heartbeat, LeaseHolder holder)
    {
        if (holder.Lease is null)
        {
            throw Faults.Of(StatusCode.FailedPrecondition, "the first message must be a registration, not a heartbeat");
        }

        var faults = RegistrationFaults.Of(heartbeat);
        if (faults.Count != 0)
        {
            throw Faults.Invalid(faults);
        }

        return registry.HeartbeatAsync(holder, heartbeat);
    }

    private static RpcException Held(Instance instance, string holder) => Faults.Of(
        StatusCode.AlreadyExists,
        $"instance '{instance.Id}' of '{instance.Service}' is registered by another process, at {holder}, which is alive; this one is at "
        + $"{EndpointOf.Address(instance)}: give one of them another instance id, or let this one take over");

    private static RpcException TakenOver(LeaseHolder holder) => holder.Unavailable is { } why
        ? Faults.Of(StatusCode.Unavailable, why)
        : Faults.Of(StatusCode.Aborted, holder.TakenOverBy);

    private static RpcException Over(LeaseHolder holder) => holder.HasYielded
        ? TakenOver(holder)
        : Faults.Of(StatusCode.FailedPrecondition, "the lease is over, the instance no longer registered: register again");
}
