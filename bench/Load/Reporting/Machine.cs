using System.Globalization;

namespace Mesh.Bench.Load.Reporting;

/// <summary>Where and when the run was.</summary>
internal sealed record Machine(int Cores, string Cpu, string Kernel, string DotNet, string Date, string Command, string LoadAverage)
{
    public static Machine Read(TimeProvider time) => new(
        Environment.ProcessorCount,
        Line("/proc/cpuinfo", "model name")?.Split(':')[^1].Trim() ?? "unknown",
        Line("/proc/sys/kernel/osrelease", "") ?? "unknown",
        Environment.Version.ToString(),
        time.GetUtcNow().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
        $"dotnet run -c Release --project bench/Load -- {string.Join(' ', Environment.GetCommandLineArgs().Skip(1))}".TrimEnd(' ', '-'),
        Line("/proc/loadavg", "") is { } load ? string.Join(' ', load.Split(' ')[..3]) : "unknown");

    private static string? Line(string file, string start) =>
        File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) : null;
}
