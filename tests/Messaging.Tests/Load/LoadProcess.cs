using System.Diagnostics;

namespace Mesh.Messaging.Tests.Load;

/// <summary>This assembly, started as a program.</summary>
internal static class LoadProcess
{
    public static ProcessStartInfo Start(string folder, long first, long count, bool isSynced) =>
        new(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            [typeof(LoadProcess).Assembly.Location, folder, $"{first}", $"{count}", isSynced ? "synced" : "unsynced"])
        {
            RedirectStandardError = true,
        };
}
