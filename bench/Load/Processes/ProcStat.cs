using System.Globalization;

namespace Mesh.Bench.Load.Processes;

/// <summary>What /proc says of a process and all its descendants, such as nginx's workers. Any thread.</summary>
internal static class ProcStat
{
    /// <summary>The kernel counts CPU time to user programs in hundredths of a second, whatever its own clock (proc(5), USER_HZ).</summary>
    private const double TicksPerSecond = 100;

    /// <summary>A process and its descendants that run now.</summary>
    public static IReadOnlyList<int> Tree(int root)
    {
        var parents = new Dictionary<int, int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) && Fields(pid) is { } fields)
            {
                parents[pid] = int.Parse(fields[1], CultureInfo.InvariantCulture);
            }
        }

        var tree = new List<int> { root };
        for (var i = 0; i < tree.Count; i++)
        {
            tree.AddRange(parents.Where(pair => pair.Value == tree[i]).Select(pair => pair.Key));
        }

        return tree;
    }

    /// <summary>CPU time used so far; what has ended does not count.</summary>
    public static CpuTime Cpu(IReadOnlyList<int> pids)
    {
        var (user, system) = (0.0, 0.0);
        foreach (var fields in pids.Select(Fields).OfType<string[]>())
        {
            user += long.Parse(fields[11], CultureInfo.InvariantCulture) / TicksPerSecond;
            system += long.Parse(fields[12], CultureInfo.InvariantCulture) / TicksPerSecond;
        }

        return new CpuTime(user, system);
    }

    /// <summary>Memory resident now, and the part of it that counts shared pages by their share, in bytes.</summary>
    public static MemoryUse Memory(IReadOnlyList<int> pids) => new(
        pids.Sum(pid => Kilobytes($"/proc/{pid}/status", "VmRSS:")) * 1024,
        pids.Sum(pid => Kilobytes($"/proc/{pid}/smaps_rollup", "Pss:")) * 1024);

    /// <summary>Whether it runs; a zombie does not.</summary>
    public static bool IsRunning(int pid) => Fields(pid) is { } fields && fields[0] is not ("Z" or "X");

    /// <summary>The fields of /proc/PID/stat from the state on; null if there is no such process.</summary>
    private static string[]? Fields(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            // The name before it is in brackets and may hold anything.
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Kilobytes(string file, string field)
    {
        try
        {
            // "VmRSS:     51234 kB"
            var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line[field.Length..^2].Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
