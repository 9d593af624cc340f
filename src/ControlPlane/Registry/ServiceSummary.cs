using Mesh.V1;

namespace Mesh.ControlPlane.Registry;

/// <summary>A service's message, as derived from its instances.</summary>
internal static class ServiceSummary
{
    // What many instances say together must not outgrow a message.
    private const int MaxLabels = 256;

    public static Service Of(ServiceState state)
    {
        var service = new Service
        {
            Name = state.Name,
            Version = state.Said.Version,
            Status = ServiceStatus.Stopped,
            HealthCheck = state.Said.HealthCheck,
            CreateTime = state.Said.CreateTime,
            InstanceCount = (uint)state.Instances.Count,
            Revision = state.Revision,
        };
        service.Methods.Add(state.Said.Methods);
        service.Dependencies.Add(state.Said.Dependencies);

        // The newest registration wins, so it comes first.
        foreach (var registered in state.Instances.Values.OrderByDescending(instance => (instance.Registered.ToDateTimeOffset(), instance.Revision)))
        {
            foreach (var (key, value) in registered.Instance.Metadata)
            {
                if (service.Metadata.Count < MaxLabels)
                {
                    service.Metadata.TryAdd(key, value);
                }
            }

            var status = registered.Instance.Status;
            if (status == ServiceStatus.Healthy)
            {
                service.HealthyCount++;
            }

            if (Rank(status) < Rank(service.Status))
            {
                service.Status = status;
            }
        }

        return service;
    }

    private static int Rank(ServiceStatus status) => status switch
    {
        ServiceStatus.Healthy => 0,
        ServiceStatus.Starting => 1,
        ServiceStatus.Unhealthy => 2,
        ServiceStatus.Draining => 3,
        _ => 4,
    };
}
