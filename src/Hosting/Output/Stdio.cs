namespace Mesh.Hosting;

/// <summary>
/// stdout and stderr of a program that must not wait for whoever reads them: all lines of the process, ours and those of
/// libraries, go through a <see cref="LineQueue"/> each. A program whose output is what it is run for has its reader set the
/// pace, and ends when nothing can be written any more: <see cref="Open()"/>. Any thread.
/// </summary>
public static class Stdio
{
    /// <summary>For what is still to be written at the end, each. A reader that reads needs a moment, on a starved machine a longer one.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(1.5);

    private static readonly Lazy<LineQueue> Output = new(() => new LineQueue("stdout", Open(1)));
    private static readonly Lazy<LineQueue> Errors = new(() => new LineQueue("stderr", Open(2)));

    /// <summary>stdout.</summary>
    public static LineQueue Out => Output.Value;

    /// <summary>stderr.</summary>
    public static LineQueue Error => Errors.Value;

    /// <summary>There was no stdout when the process began.</summary>
    internal static bool IsOutClosed => !OperatingSystem.IsWindows() && StandardDescriptors.WasClosed(1);

    /// <summary>Takes both over from <see cref="Console"/>. Call it once, first thing in Main.</summary>
    public static void Redirect()
    {
        StandardDescriptors.Fill();
        Console.SetOut(new LineWriter(Out));
        Console.SetError(new LineWriter(Error));
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            Out.Flush(EndLimit);
            Error.Flush(EndLimit);
        };
    }

    /// <summary>
    /// Prepares them for a program whose output is what it is run for, instead of <see cref="Redirect"/>: what nobody takes, a reader
    /// that is gone included, is an <see cref="IOException"/>. Call it once, first thing in Main.
    /// </summary>
    /// <returns>Why there is nothing to write to; null if there is.</returns>
    public static string? Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        StandardDescriptors.Fill();
        if (!StandardDescriptors.IsOurs(2))
        {
            Console.SetError(TextWriter.Null);
        }

        if (Console.IsOutputRedirected)
        {
            // Console's own goes on writing for ever to a reader that is gone.
            Console.SetOut(TextWriter.Synchronized(new StreamWriter(new DescriptorStream(1)) { AutoFlush = true }));
        }

        return IsOutClosed ? "stdout is closed" : null;
    }

    /// <summary>The standard input, empty if whoever started us has closed it: something of the runtime's may have its number.</summary>
    public static Stream OpenInput() =>
        OperatingSystem.IsWindows() || StandardDescriptors.IsOurs(0) ? Console.OpenStandardInput() : Stream.Null;

    /// <summary>Whether what an output of <see cref="Open()"/> says is that its reader is gone, who needs no line about it.</summary>
    public static bool IsReaderGone(IOException failure) => failure.HResult == DescriptorStream.BrokenPipe;

    /// <summary>Has the log tell of lines that were dropped: of stdout as it begins and when it is over, of stderr, where the log itself is, then.</summary>
    public static void Watch(Log log)
    {
        Out.Troubled += log.Warn;
        Out.Recovered += log.Warn;
        Error.Recovered += log.Warn;
    }

    private static Stream Open(int descriptor) =>
        !OperatingSystem.IsWindows() ? StandardDescriptors.IsOurs(descriptor) ? new DescriptorStream(descriptor) : Stream.Null
        : descriptor == 1 ? Console.OpenStandardOutput()
        : Console.OpenStandardError();
}
