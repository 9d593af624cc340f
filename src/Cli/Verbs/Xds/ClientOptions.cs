using System.Diagnostics.CodeAnalysis;
using Mesh.Hosting;

namespace Mesh.Cli.Verbs.Xds;

/// <summary>What a client without a sidecar says of itself.</summary>
internal static class ClientOptions
{
    private static readonly ValueKind<string> Place = new(
        "REGION[/ZONE]",
        "a region and maybe a zone of it (for example eu-west/eu-west-1a)",
        (string text, [MaybeNullWhen(false)] out string value) => (value = text).Length != 0 && LocalityText.WhyNot(text) is null);

    public static CliOption<string> Service() =>
        new("--service", ValueKinds.ServiceName, null, "The service that it is part of, by which routes tell callers apart (match.source); default none.");

    public static CliOption<string> Locality() => new("--locality", Place, null, "Where it runs, for balancing.prefer; default not said.");
}
