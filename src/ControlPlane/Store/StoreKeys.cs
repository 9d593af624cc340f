using System.Diagnostics.CodeAnalysis;

namespace Mesh.ControlPlane.Store;

/// <summary>How the keys of the registry and of the processes are made up. Those of configuration are in the table of its kinds.</summary>
internal static class StoreKeys
{
    public const string Instances = "i/";
    public const string Services = "p/";
    public const string Removals = "g/";
    public const string Sessions = "s/";
    public const string Jobs = "e/";

    public static string Instance(string service, string id) => $"{Instances}{service}/{id}";

    public static string Service(string service) => Services + service;

    public static string Removal(string service) => Removals + service;

    public static string Session(string name) => Sessions + name;

    public static string Job(string name) => Jobs + name;

    /// <summary>What follows a prefix.</summary>
    public static bool TryName(string key, string prefix, [NotNullWhen(true)] out string? name)
    {
        name = key.StartsWith(prefix, StringComparison.Ordinal) ? key[prefix.Length..] : null;
        return name is not null;
    }

    /// <summary>An instance's service and id; the id may hold slashes, a service's name does not.</summary>
    public static bool TryInstance(string key, out (string Service, string Id) instance)
    {
        instance = default;
        if (!TryName(key, Instances, out var name) || name.IndexOf('/', StringComparison.Ordinal) is not (> 0 and var slash))
        {
            return false;
        }

        instance = (name[..slash], name[(slash + 1)..]);
        return true;
    }
}
