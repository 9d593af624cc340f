using Mesh.ControlPlane.Paging;
using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>Pages of what the registry holds at one revision.</summary>
internal static class RegistryLists
{
    public static GetServiceResponse Service(RegistryState state, ServiceState service)
    {
        // What is left of the instances is a list of its own, which a client can go on with.
        var rest = Instances(state, new ListInstancesRequest { Service = service.Name });
        return new GetServiceResponse
        {
            Service = ServiceSummary.Of(service),
            Instances = { rest.Instances },
            NextPageToken = rest.NextPageToken,
            Revision = state.Revision,
        };
    }

    public static ListServicesResponse Services(RegistryState state, ListServicesRequest request)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, "services", keys: 1, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var response = new ListServicesResponse { Revision = state.Revision };
        var fill = new MessageFill(page.Size);
        foreach (var service in state.Services.Values.SkipWhile(service => string.CompareOrdinal(service.Name, page.After[0]) <= 0))
        {
            var summary = ServiceSummary.Of(service);
            if (!fill.TryAdd(summary))
            {
                response.NextPageToken = page.Next(response.Services[^1].Name);
                break;
            }

            response.Services.Add(summary);
        }

        return response;
    }

    public static ListInstancesResponse Instances(RegistryState state, ListInstancesRequest request)
    {
        var list = $"instances of '{request.Service}'{(request.HealthyOnly ? ", healthy" : "")}";
        if (PageRequest.TryRead(request.PageSize, request.PageToken, list, keys: 2, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var response = new ListInstancesResponse { Revision = state.Revision };
        var fill = new MessageFill(page.Size);
        foreach (var registered in After(page, request.Service.Length == 0 ? state.Services.Values : One(state, request.Service)))
        {
            if (request.HealthyOnly && registered.Instance.Status != ServiceStatus.Healthy)
            {
                continue;
            }

            var instance = registered.ToMessage();
            if (!fill.TryAdd(instance))
            {
                response.NextPageToken = page.Next(response.Instances[^1].Service, response.Instances[^1].Id);
                break;
            }

            response.Instances.Add(instance);
        }

        return response;
    }

    private static IEnumerable<ServiceState> One(RegistryState state, string service) =>
        state.Services.TryGetValue(service, out var found) ? [found] : [];

    private static IEnumerable<RegisteredInstance> After(PageRequest page, IEnumerable<ServiceState> services) => services
        .SkipWhile(service => string.CompareOrdinal(service.Name, page.After[0]) < 0)
        .SelectMany(service => service.Name == page.After[0]
            ? service.Instances.Values.SkipWhile(instance => string.CompareOrdinal(instance.Instance.Id, page.After[1]) <= 0)
            : service.Instances.Values);
}
