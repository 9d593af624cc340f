using System.Net;

namespace Mesh.Hosting;

/// <summary>
/// The lines on stdout by which scripts learn where a process listens and when it can serve. Each is flushed, as
/// whoever reads them waits for them.
/// </summary>
public static class Announce
{
    /// <summary>For lines that the output takes at once, if it takes them at all.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary><c>listening NAME HOST:PORT</c>, once the listener is bound, with its real port.</summary>
    public static void Listening(string name, EndPoint endPoint, TextWriter? output = null) =>
        Print($"listening {name} {endPoint}", output);

    /// <inheritdoc cref="Listening(string, EndPoint, TextWriter?)"/>
    public static void Listening(string name, HostPort address, TextWriter? output = null) =>
        Print($"listening {name} {address}", output);

    /// <summary><c>ready</c>, once all listeners are bound and the process can serve.</summary>
    public static void Ready(TextWriter? output = null) => Print("ready", output);

    /// <summary>
    /// Why nobody can reach the process although it serves, for the line with which it then ends: the system has chosen a port,
    /// and stdout does not take the line that tells it (a full disk, a closed descriptor). Null if all is well. So it is with
    /// ports that were asked for, whose users know them, and where nobody reads, or reads no more: that is for readers to decide.
    /// </summary>
    /// <param name="asked">The listeners' addresses as they were asked for, where port 0 has the system choose.</param>
    public static async Task<string?> FaultAsync(params IEnumerable<HostPort> asked)
    {
        if (asked.All(address => address.Port != 0))
        {
            return null;
        }

        await Task.Run(() => Stdio.Out.Flush(Limit)).ConfigureAwait(false);
        var failure = Stdio.IsOutClosed ? "is closed"
            : Stdio.Out.Failure is { HResult: not DescriptorStream.BrokenPipe } refused ? refused.Message
            : null;
        return failure is null ? null : $"stdout: {failure}; nobody would learn which port the system has chosen: give every listener a port, or stdout a place";
    }

    private static void Print(string line, TextWriter? output)
    {
        output ??= Console.Out;
        output.WriteLine(line);
        output.Flush();
    }
}
