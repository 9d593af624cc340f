using System.Text;
using Mesh.Policy.Routing;
using Mesh.Resources;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>How a service is called.</summary>
internal sealed class PolicyKind(ServiceDirectory directory) : HeldKind<Api.ServiceConfig>(Api.ServiceConfig.Parser)
{
    public override string Name => ConfigKindName.Policy;

    public override bool IsWanted(string name) => directory.IsWanted(name);

    public override bool Want(string name) => directory.Want(Encoding.UTF8.GetBytes(name));

    /// <summary>A first policy that is no good must not keep the service from being called at all.</summary>
    public override bool OnRejected(Api.Resource resource) => directory.SetPolicyIfNone(resource.Name, ServicePolicyOptions.Default);

    protected override string? FaultOf(string name, Api.ServiceConfig config) => ResourceFaults.Of(name, config);

    protected override bool Set(string name, long version, Api.ServiceConfig? config)
    {
        var options = directory.Ours(PolicyTranslation.ToPolicy(config));
        foreach (var target in options.Targets)
        {
            directory.Want(Encoding.UTF8.GetBytes(target));
        }

        return directory.SetPolicy(name, version, options);
    }
}
