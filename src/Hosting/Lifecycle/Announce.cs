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
    /// Why what was announced has reached nobody, for the line with which the process then ends: a full disk. Null if all is
    /// well, also where nobody reads, or reads no more: that is for readers to decide.
    /// </summary>
    public static async Task<string?> FaultAsync()
    {
        await Task.Run(() => Stdio.Out.Flush(Limit));
        return Stdio.Out.Failure is { HResult: not DescriptorStream.BrokenPipe } failure
            ? $"stdout: {failure.Message}; nobody would learn where it listens and when it is ready"
            : null;
    }

    private static void Print(string line, TextWriter? output)
    {
        output ??= Console.Out;
        output.WriteLine(line);
        output.Flush();
    }
}
