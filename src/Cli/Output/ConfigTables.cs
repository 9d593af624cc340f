using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.Resources;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>Configuration as a table: which services have one, who made it and why.</summary>
internal static class ConfigTables
{
    public static void Write(TextWriter output, IEnumerable<ConfigResource> resources) => TextTable.Write(
        output,
        ["SERVICE", "KIND", "VERSION", "UPDATED", "AUTHOR", "REASON"],
        resources.OrderBy(resource => resource.Service, StringComparer.Ordinal).Select(resource => (string[])
        [
            resource.Service,
            ConfigKindName.Of(resource),
            resource.Version.ToString(CultureInfo.InvariantCulture),
            resource.UpdateTime is { } time ? Time(time) : "-",
            OrDash(resource.Author),
            OrDash(resource.Reason),
        ]));

    public static void WriteVersions(TextWriter output, IEnumerable<ConfigVersion> versions) => TextTable.Write(
        output,
        ["VERSION", "UPDATED", "AUTHOR", "REASON"],
        versions.Select(version => (string[])
        [
            version.Resource.Version.ToString(CultureInfo.InvariantCulture),
            version.Resource.UpdateTime is { } time ? Time(time) : "-",
            OrDash(version.Resource.Author),
            (version.Deleted ? "(deleted) " : "") + OrDash(version.Resource.Reason),
        ]));

    /// <summary>To the second, in UTC; as it came if it is none that there is.</summary>
    public static string Time(Timestamp time) =>
        time.Seconds is >= -62_135_596_800 and <= 253_402_300_799 && time.Nanos is >= 0 and < 1_000_000_000
            ? time.ToDateTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : $"{time.Seconds} s";

    private static string OrDash(string text) => text.Length == 0 ? "-" : text;
}
