using System.Diagnostics;

namespace Mesh.Messaging.Tests.Load;

/// <summary>This assembly, started as a program.</summary>
internal static class LoadProcess
{
    public static ProcessStartInfo Start(string folder, long first, long count, bool isSynced) =>
        Start(folder, $"{first}", $"{count}", isSynced ? "synced" : "unsynced", "k");

    public static ProcessStartInfo Start(params string[] args) => new("dotnet", [typeof(LoadProcess).Assembly.Location, .. args])
    {
        RedirectStandardError = true,
    };
}
