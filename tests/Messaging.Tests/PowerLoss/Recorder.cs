using System.ComponentModel;
using System.Diagnostics;
using Mesh.Tests;

namespace Mesh.Messaging.Tests.PowerLoss;

/// <summary>The recorder of what a process does to its files (recorder.c beside this), compiled once for all tests.</summary>
internal static class Recorder
{
    private static readonly Lazy<(string? Library, string? WhyNot)> Built = new(Build);

    /// <summary>Null if it is there.</summary>
    public static string? WhyNot => Built.Value.WhyNot;

    /// <summary>Has a process that is started recorded.</summary>
    public static void Attach(ProcessStartInfo start, string folder, string log)
    {
        start.Environment["LD_PRELOAD"] = Built.Value.Library!;
        start.Environment["MESH_POWER_FOLDER"] = folder;
        start.Environment["MESH_POWER_LOG"] = log;
    }

    private static (string? Library, string? WhyNot) Build()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, "the recorder is for Linux");
        }

        var source = Path.Combine(RepositoryRoot.Path, "tests", "Messaging.Tests", "PowerLoss", "recorder.c");
        var library = Path.Combine(AppContext.BaseDirectory, "recorder.so");
        try
        {
            using var compiler = Process.Start(
                new ProcessStartInfo("cc", ["-Wall", "-O1", "-shared", "-fPIC", "-o", library, source, "-ldl", "-lpthread"]) { RedirectStandardError = true })!;
            var said = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? (library, null) : throw new InvalidOperationException($"{source} does not compile: {said}");
        }
        catch (Win32Exception)
        {
            return (null, "there is no C compiler here: install gcc and libc6-dev");
        }
    }
}
