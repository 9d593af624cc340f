using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Admin;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Registry: validates, calls the registry, maps what it says.</summary>
internal sealed class RegistryService(
    ServiceRegistry registry, StreamScope scope, Counters counters, ILogger<RegistryService> log)
    : V1.Registry.RegistryBase
{
    private static readonly Status _takenOver = new(StatusCode.Aborted, "a newer stream has taken the lease over");

    public override async Task Register(
        IAsyncStreamReader<RegisterRequest> requestStream, IServerStreamWriter<RegisterResponse> responseStream, ServerCallContext context)
    {
        using var holder = new LeaseHolder();
        try
        {
            await scope.RunAsync(context, Hold, _takenOver, holder.TakenOver);
        }
        finally
        {
            registry.Release(holder);
        }

        async Task Hold(CancellationToken cancellation)
        {
            while (await requestStream.MoveNext(cancellation))
            {
                var response = new RegisterResponse
                {
                    LeaseTtl = registry.LeaseTtl.ToDuration(),
                    Revision = Accept(requestStream.Current, holder),
                };
                await responseStream.WriteAsync(response, cancellation);
            }
        }
    }

    public override Task<DeregisterResponse> Deregister(DeregisterRequest request, ServerCallContext context) =>
        registry.Deregister(request.Service, request.InstanceId, out var revision)
            ? Task.FromResult(new DeregisterResponse { Revision = revision })
            : throw Faults.NotFound($"service '{Shown.Text(request.Service)}' has no instance '{Shown.Text(request.InstanceId)}'");

    public override Task<GetServiceResponse> GetService(GetServiceRequest request, ServerCallContext context)
    {
        var state = registry.State;
        if (!state.Services.TryGetValue(request.Name, out var service))
            throw Faults.NotFound($"no instance of service '{Shown.Text(request.Name)}' was ever registered");
        return Task.FromResult(RegistryLists.Service(state, service));
    }

    public override Task<ListServicesResponse> ListServices(ListServicesRequest request, ServerCallContext context) =>
        Task.FromResult(RegistryLists.Services(registry.State, request));

    public override Task<ListInstancesResponse> ListInstances(ListInstancesRequest request, ServerCallContext context) =>
        Task.FromResult(RegistryLists.Instances(registry.State, request));

    public override async Task Watch(WatchRequest request, IServerStreamWriter<WatchResponse> responseStream, ServerCallContext context)
    {
        if (ServiceNames.FirstFault(request.Services) is { } fault)
            throw Faults.Invalid(fault);
        if (request.FromRevision < 0)
            throw Faults.Invalid("from_revision: must not be negative; 0 begins with a snapshot");
        using var watcher = registry.Watch(request.Services, request.FromRevision);
        await scope.RunAsync(context, async cancellation =>
        {
            await foreach (var response in watcher.ReadAsync(cancellation))
                await responseStream.WriteAsync(response, cancellation);
        });
    }

    private long Accept(RegisterRequest request, LeaseHolder holder)
    {
        long revision = 0;
        var outcome = request.RequestCase switch
        {
            RegisterRequest.RequestOneofCase.Registration => Register(request.Registration, holder, out revision),
            RegisterRequest.RequestOneofCase.Heartbeat => Heartbeat(request.Heartbeat, holder, out revision),
            _ => throw Faults.Invalid("request: must be a registration or a heartbeat"),
        };
        return outcome switch
        {
            RegisterOutcome.Applied => revision,
            RegisterOutcome.Full => throw Faults.Exhausted("the registry has as many instances as it may have"),
            RegisterOutcome.OtherInstance => throw Faults.Invalid("instance: this stream holds another instance; open a stream for each"),
            _ => throw Over(holder),
        };
    }

    private RegisterOutcome Register(Registration registration, LeaseHolder holder, out long revision)
    {
        var faults = RegistrationFaults.Of(registration);
        if (faults.Count != 0)
        {
            counters.RegistrationRefused();
            log.LogWarning("registration refused: {Fault} ({Count} in all)", Shown.Text(faults[0]), faults.Count);
            throw Faults.Invalid(faults);
        }
        return registry.Register(registration, holder, out revision);
    }

    private RegisterOutcome Heartbeat(Heartbeat heartbeat, LeaseHolder holder, out long revision)
    {
        if (holder.Lease is null)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "the first message must be a registration, not a heartbeat"));
        var faults = RegistrationFaults.Of(heartbeat);
        if (faults.Count != 0)
            throw Faults.Invalid(faults);
        return registry.Heartbeat(holder, heartbeat, out revision);
    }

    private static RpcException Over(LeaseHolder holder) => holder.TakenOver.IsCancellationRequested
        ? new RpcException(_takenOver)
        : new RpcException(new Status(StatusCode.FailedPrecondition, "the lease is over, the instance no longer registered: register again"));
}
