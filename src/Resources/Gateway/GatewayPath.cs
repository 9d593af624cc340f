using Mesh.V1;

namespace Mesh.Resources.Gateway;

/// <summary>A path as a match of theirs names it.</summary>
/// <param name="Kind">How it is named.</param>
/// <param name="Text">The path, its beginning, or a regular expression.</param>
internal readonly record struct GatewayPath(PathKind Kind, string Text)
{
    public static readonly GatewayPath Any = new(PathKind.Any, "");

    public void Set(RouteMatch match)
    {
        switch (Kind)
        {
            case PathKind.Exact or PathKind.PrefixAlone:
                match.Exact = Text;
                break;
            case PathKind.Prefix:
                match.Prefix = Text;
                break;
            case PathKind.Pattern:
                match.PathRegex = Text;
                break;
        }
    }
}
