using Google.Protobuf.WellKnownTypes;
using Mesh.Hosting;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Options;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Registration;

/// <summary>What the options say of the instance, in the registry's words.</summary>
internal static class InstanceDescription
{
    /// <param name="options">With a service.</param>
    /// <param name="address">How others reach it.</param>
    /// <param name="methods">Paths of what it serves.</param>
    public static Api.Registration Of(SidecarOptions options, HostPort address, IEnumerable<string> methods)
    {
        var instance = new Api.Instance
        {
            Id = options.InstanceId,
            Service = options.Service,
            Address = address.Host,
            Port = (uint)address.Port,
            Locality = LocalityOf(options.Locality),
            Version = options.Version,
            Sidecar = true,
            Identity = options.Identity?.Text ?? "",
        };
        if (options.Weight is { } weight)
        {
            instance.Weight = (uint)weight;
        }

        foreach (var (key, value) in options.Metadata)
        {
            instance.Metadata[key] = value;
        }

        var registration = new Api.Registration { Instance = instance, HealthCheck = CheckOf(options.Health) };
        registration.Methods.Add(methods.Select(path => new Api.ServedMethod { Protocol = "grpc", Path = path }));
        registration.Dependencies.Add(options.Upstreams.Select(upstream => upstream.Key).Distinct(StringComparer.Ordinal));
        return registration;
    }

    /// <summary>"REGION/ZONE" or "REGION"; null for the empty text.</summary>
    public static Api.Locality? LocalityOf(string text) => LocalityText.Split(text) switch
    {
        ("", "") => null,
        var (region, zone) => new Api.Locality { Region = region, Zone = zone },
    };

    private static Api.HealthCheck? CheckOf(HealthOption option)
    {
        if (option.Kind is HealthKind.None or HealthKind.Auto) // one that is still to be found out
        {
            return null;
        }

        var check = new Api.HealthCheck
        {
            Interval = HealthMonitor.Interval.ToDuration(),
            Timeout = HealthMonitor.Limit.ToDuration(),
            HealthyThreshold = HealthMonitor.HealthyThreshold,
            UnhealthyThreshold = HealthMonitor.UnhealthyThreshold,
        };
        switch (option.Kind)
        {
            case HealthKind.Grpc:
                check.Grpc = new Api.GrpcCheck();
                break;
            case HealthKind.Http:
                check.Http = new Api.HttpCheck { Path = option.Path };
                break;
            default:
                check.Tcp = new Api.TcpCheck();
                break;
        }

        return check;
    }
}
