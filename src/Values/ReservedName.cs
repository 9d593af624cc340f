namespace Mesh;

/// <summary>The name that no service may have: under it every sidecar answers itself.</summary>
public static class ReservedName
{
    /// <summary>The authority of the mesh's own APIs.</summary>
    public const string Value = "mesh";

    /// <summary>Null if a service may be called so; else why not, in a line.</summary>
    public static string? WhyNot(string service) =>
        service == Value ? $"'{Value}' is the name under which the mesh itself answers; give the service another" : null;
}
