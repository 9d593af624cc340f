using Mesh.Resources;
using Mesh.Sidecar.Discovery.Services;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery.Kinds;

/// <summary>How the calls are treated that come in to the service beside us. Nobody asks for it by name, and it is not forgotten.</summary>
/// <param name="directory">Told how calls are treated.</param>
/// <param name="push">Told which events the app is sent; null if nobody listens.</param>
internal sealed class InboundKind(ServiceDirectory directory, Action<IReadOnlyList<Api.PushSubscription>>? push = null) : HeldKind<Api.InboundConfig>(Api.InboundConfig.Parser)
{
    public override string Name => ConfigKindName.Inbound;

    public override bool IsWanted(string name) => name == directory.InboundService;

    public override bool Want(string name) => IsWanted(name);

    public override bool OnRejected(Api.Resource resource) => directory.KeepInbound();

    protected override string? FaultOf(string name, Api.InboundConfig config) => ResourceFaults.Of(name, config);

    protected override bool Set(string name, long version, Api.InboundConfig? config)
    {
        directory.SetInbound(version, PolicyTranslation.ToInbound(config));
        push?.Invoke(config?.Push ?? []);
        return true;
    }
}
