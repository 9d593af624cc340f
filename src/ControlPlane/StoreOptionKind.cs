using Mesh.ControlPlane.Store;
using Mesh.Hosting;

namespace Mesh.ControlPlane;

/// <summary>How a store is written on the command line.</summary>
internal static class StoreOptionKind
{
    private const string Sqlite = "sqlite:";

    public static ValueKind<StoreOptions> Value { get; } = new(
        "memory|sqlite:PATH",
        "memory or sqlite:PATH (for example sqlite:/var/lib/mesh/store.db)",
        TryParse);

    private static bool TryParse(string text, out StoreOptions value)
    {
        value = new StoreOptions();
        if (text == "memory")
            return true;
        if (!text.StartsWith(Sqlite, StringComparison.Ordinal) || text.Length == Sqlite.Length || text.Contains('\0', StringComparison.Ordinal))
            return false;
        // A slash at its end names a folder.
        var path = text[Sqlite.Length..];
        value = value with { Path = path };
        return !Path.EndsInDirectorySeparator(path);
    }
}
