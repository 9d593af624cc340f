using System.Diagnostics;
using System.Globalization;

namespace Mesh.Cli.Tests.Demo;

/// <summary>The processes that a process has started.</summary>
internal static class Children
{
    public static List<Process> Of(int parent) =>
    [
        .. Process.GetProcesses().Where(process => ParentOf(process.Id) == parent),
    ];

    private static int ParentOf(int process)
    {
        try
        {
            // proc_pid_stat(5): the name, in parentheses, may hold anything; the parent is the second field after it.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
