using System.Net;

namespace Mesh.Hosting;

/// <summary>
/// The lines on stdout by which scripts learn where a process listens and when it can serve. Each is flushed, as
/// whoever reads them waits for them.
/// </summary>
public static class Announce
{
    /// <summary><c>listening NAME HOST:PORT</c>, once the listener is bound, with its real port.</summary>
    public static void Listening(string name, EndPoint endPoint, TextWriter? output = null) =>
        Print($"listening {name} {endPoint}", output);

    /// <inheritdoc cref="Listening(string, EndPoint, TextWriter?)"/>
    public static void Listening(string name, HostPort address, TextWriter? output = null) =>
        Print($"listening {name} {address}", output);

    /// <summary><c>ready</c>, once all listeners are bound and the process can serve.</summary>
    public static void Ready(TextWriter? output = null) => Print("ready", output);

    private static void Print(string line, TextWriter? output)
    {
        output ??= Console.Out;
        output.WriteLine(line);
        output.Flush();
    }
}
