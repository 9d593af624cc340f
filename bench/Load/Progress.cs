using System.Diagnostics;
using System.Globalization;

namespace Mesh.Bench.Load;

/// <summary>Tells on stderr what goes on, with the time since the start, so that nobody is left guessing.</summary>
internal sealed class Progress
{
    private readonly long _start = Stopwatch.GetTimestamp();

    public void Say(string what) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_start):h\\:mm\\:ss}  {what}"));
}
