using Grpc.Core;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Paging;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Config: validates, calls the resources, maps what they say.</summary>
internal sealed class ConfigService(ConfigResources configs) : V1.Config.ConfigBase
{
    public override async Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        var faults = ResourceFaults.Of(request.Resources);
        if (faults.Count != 0)
            throw Faults.Invalid(faults);
        var stored = await configs.ApplyAsync(request.Resources, request.DryRun, context.CancellationToken)
            ?? throw Faults.Exhausted($"at most {ConfigResources.MaxServices} services can have a configuration");
        var response = new ApplyResponse();
        response.Resources.Add(stored);
        return response;
    }

    public override Task<ConfigResource> Get(GetConfigRequest request, ServerCallContext context) =>
        Task.FromResult(configs.Find(request.Service) ?? throw NoConfig(request.Service));

    public override Task<ListConfigResponse> List(ListConfigRequest request, ServerCallContext context)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, "configs", keys: 1, out var page) is { } fault)
            throw Faults.Invalid(fault);
        var response = new ListConfigResponse();
        var fill = new MessageFill(page.Size);
        foreach (var resource in configs.All.SkipWhile(resource => string.CompareOrdinal(resource.Service, page.After[0]) <= 0))
        {
            if (!fill.TryAdd(resource))
            {
                response.NextPageToken = page.Next(response.Resources[^1].Service);
                break;
            }
            response.Resources.Add(resource);
        }
        return Task.FromResult(response);
    }

    public override async Task<DeleteConfigResponse> Delete(DeleteConfigRequest request, ServerCallContext context) =>
        await configs.DeleteAsync(request.Service, context.CancellationToken)
            ? new DeleteConfigResponse()
            : throw NoConfig(request.Service);

    private static RpcException NoConfig(string service) => Faults.NotFound($"service '{Shown.Text(service)}' has no configuration");
}
