using Mesh.V1;

namespace Mesh.ControlPlane.Limits;

/// <summary>A limit that is shared, as <see cref="SharedLimit"/>.</summary>
internal readonly record struct LimitKey(string Kind, string Name, string Route, uint Index)
{
    public static LimitKey Of(SharedLimit limit) => new(limit.Kind, limit.Name, limit.Route, limit.Index);

    public SharedLimit ToMessage() => new() { Kind = Kind, Name = Name, Route = Route, Index = Index };
}
