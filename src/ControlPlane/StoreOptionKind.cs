using System.Diagnostics.CodeAnalysis;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Store.Etcd;
using Mesh.Hosting;

namespace Mesh.ControlPlane;

/// <summary>How a store is written on the command line.</summary>
internal static class StoreOptionKind
{
    private const string Sqlite = "sqlite:";
    private const string Etcd = "etcd:";

    public static ValueKind<StoreOptions> Value { get; } = new(
        "memory|sqlite:PATH|etcd:URL[,URL]",
        "memory, sqlite:PATH (for example sqlite:/var/lib/mesh/store.db) or etcd:URL[,URL], all http or all https (for example etcd:http://10.0.0.1:2379,http://10.0.0.2:2379)",
        TryParse);

    private static bool TryParse(string text, out StoreOptions value)
    {
        value = new StoreOptions();
        if (text == "memory")
        {
            return true;
        }

        if (text.StartsWith(Etcd, StringComparison.Ordinal))
        {
            if (!TryMembers(text[Etcd.Length..], out var members))
            {
                return false;
            }

            value = value with { Etcd = new EtcdOptions { Members = members } };
            return true;
        }

        if (!text.StartsWith(Sqlite, StringComparison.Ordinal) || text.Length == Sqlite.Length || text.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        // A slash at its end names a folder.
        var path = text[Sqlite.Length..];
        value = value with { Path = path };
        return !Path.EndsInDirectorySeparator(path);
    }

    private static bool TryMembers(string text, [NotNullWhen(true)] out IReadOnlyList<Uri>? members)
    {
        members = null;
        var list = new List<Uri>();
        foreach (var part in text.Split(','))
        {
            if (!Uri.TryCreate(part.Trim(), UriKind.Absolute, out var member)
                || (member.Scheme != Uri.UriSchemeHttp && member.Scheme != Uri.UriSchemeHttps)
                || member.PathAndQuery != "/" || member.UserInfo.Length != 0 || member.Host.Length == 0)
            {
                return false;
            }

            list.Add(member);
        }

        members = list;
        return list.All(member => member.Scheme == list[0].Scheme);
    }
}
