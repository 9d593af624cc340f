using System.Collections.Concurrent;
using System.Globalization;

namespace Mesh.Tests;

/// <summary>Which connections on the loopback interface are a process's own, as /proc says.</summary>
/// <param name="processId">Of the process, as text.</param>
internal sealed class OpenSockets(string processId)
{
    private readonly ConcurrentDictionary<int, bool> _known = [];

    /// <summary>The process has, or had when it was first asked for, a connection from this port.</summary>
    public bool Has(int port) => _known.GetOrAdd(port, Look);

    private bool Look(int port)
    {
        var inode = InodeOf(port);
        return inode is not null && Directory.EnumerateFiles($"/proc/{processId}/fd").Any(file => LinkOf(file) == $"socket:[{inode}]");
    }

    /// <summary>The columns of proc_net_tcp: number, local address, remote address, state, queues, timer, retransmits, uid, timeout, inode.</summary>
    private static string? InodeOf(int port)
    {
        var local = string.Create(CultureInfo.InvariantCulture, $":{port:X4}");
        foreach (var line in File.ReadLines("/proc/net/tcp").Skip(1))
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns[1].EndsWith(local, StringComparison.Ordinal))
            {
                return columns[9];
            }
        }

        return null;
    }

    private static string? LinkOf(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, returnFinalTarget: false) is { } target ? Path.GetFileName(target.FullName) : null;
        }
        catch (IOException)
        {
            return null; // closed meanwhile
        }
    }
}
