namespace Mesh.Hosting;

/// <summary>
/// stdout and stderr of a program that must not wait for whoever reads them: all lines of the process, ours and those of
/// libraries, go through a <see cref="LineQueue"/> each. Not for programs whose output is what they are run for: there the
/// reader sets the pace. Any thread.
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
    public static void Take()
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
