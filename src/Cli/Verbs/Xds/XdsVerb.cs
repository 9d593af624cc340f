using System.CommandLine;

namespace Mesh.Cli.Verbs.Xds;

/// <summary><c>meshctl xds bootstrap|dump</c>: for gRPC clients and servers that have no sidecar and ask the control plane themselves.</summary>
internal static class XdsVerb
{
    public static Command Build() => new("xds", "Has gRPC clients without a sidecar join the mesh (xDS): prints their bootstrap file, shows what they are sent.")
    {
        BootstrapVerb.Build(),
        DumpVerb.Build(),
    };
}
