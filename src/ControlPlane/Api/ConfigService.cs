using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Paging;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Config: validates, calls the resources, maps what they say.</summary>
internal sealed class ConfigService(ConfigResources configs) : V1.Config.ConfigBase
{
    // Some clients accept no message above 4 MiB, and what was stored must not be answered with an error.
    private const int MaxAnswer = 3 * 1024 * 1024;

    // What the control plane adds to a resource: version, times, revision.
    private const int MaxAdded = 64;

    public override async Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        if (OriginFaults.Of(request.Author, request.Reason) is { Count: > 0 } unclear)
        {
            throw Faults.Invalid(unclear);
        }

        if (ResourceFaults.Of(request.Resources) is { Count: > 0 } faults)
        {
            throw Faults.Invalid(faults);
        }

        var origin = new ConfigOrigin(request.Author, request.Reason);
        if (AnswerSize(request) is > MaxAnswer and var size)
        {
            throw Faults.Exhausted($"the answer would have {size} bytes, and may have {MaxAnswer}: apply fewer resources at once");
        }

        var stored = await configs.ApplyAsync([.. request.Resources.Select(ToChange)], origin, request.DryRun)
            ?? throw Faults.Exhausted($"at most {ConfigResources.MaxResources} services can have a configuration");
        var response = new ApplyResponse();
        response.Resources.Add(stored.Select(entry => entry.ToResource()));
        return response;
    }

    public override Task<ConfigResource> Get(GetConfigRequest request, ServerCallContext context) =>
        configs.Find(ConfigKinds.Policy, request.Service) is { IsDeleted: false } found
            ? Task.FromResult(found.ToResource())
            : throw NoConfig(request.Service);

    public override Task<ListConfigResponse> List(ListConfigRequest request, ServerCallContext context)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, "configs", keys: 1, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var response = new ListConfigResponse();
        var fill = new MessageFill(page.Size);
        foreach (var entry in configs.All(ConfigKinds.Policy).SkipWhile(entry => string.CompareOrdinal(entry.Name, page.After[0]) <= 0))
        {
            var resource = entry.ToResource();
            if (!fill.TryAdd(resource))
            {
                response.NextPageToken = page.Next(response.Resources[^1].Service);
                break;
            }

            response.Resources.Add(resource);
        }

        return Task.FromResult(response);
    }

    public override async Task<DeleteConfigResponse> Delete(DeleteConfigRequest request, ServerCallContext context)
    {
        if (OriginFaults.Of(request.Author, request.Reason) is { Count: > 0 } unclear)
        {
            throw Faults.Invalid(unclear);
        }

        // What was never applied under a name that is none must not be deleted, which would be its first version.
        if (request.AllowMissing && ServiceNames.FirstFault([request.Service]) is not null)
        {
            throw Faults.Invalid($"service: '{Shown.Text(request.Service)}' is not {Hosting.ValueKinds.ServiceName.Expectation}");
        }

        var origin = new ConfigOrigin(request.Author, request.Reason);
        var deleted = await configs.DeleteAsync(ConfigKinds.Policy, request.Service, origin, request.AllowMissing)
            ?? throw NoConfig(request.Service);
        return new DeleteConfigResponse { Version = deleted.Version, Revision = deleted.Revision };
    }

    private static ConfigChange ToChange(ConfigResource resource) =>
        new(ConfigKinds.Policy, resource.Service, resource.Config ?? new ServiceConfig());

    private static long AnswerSize(ApplyRequest request)
    {
        var added = MaxAdded + CodedOutputStream.ComputeStringSize(request.Author) + CodedOutputStream.ComputeStringSize(request.Reason);
        return request.Resources.Sum(resource => (long)resource.CalculateSize() + added);
    }

    private static RpcException NoConfig(string service) => Faults.NotFound($"service '{Shown.Text(service)}' has no configuration");
}
