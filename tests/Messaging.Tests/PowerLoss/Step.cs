using System.Runtime.InteropServices;

namespace Mesh.Messaging.Tests.PowerLoss;

internal enum StepKind
{
    Open = 1,
    Write = 2,
    Sync = 3,
    Truncate = 4,
    Unlink = 5,
}

/// <summary>One thing that was done to a file.</summary>
/// <param name="Kind">What.</param>
/// <param name="File">The file's number.</param>
/// <param name="Offset">Where; the new length; of a sync the number of steps before it began.</param>
/// <param name="Bytes">What was written; the name of what was opened.</param>
internal sealed record Step(StepKind Kind, int File, long Offset, ReadOnlyMemory<byte> Bytes)
{
    // As recorder.c has it: two numbers of 4 bytes, two of 8.
    private const int HeadBytes = 24;

    public static List<Step> ReadAll(string path)
    {
        ReadOnlyMemory<byte> rest = System.IO.File.ReadAllBytes(path);
        var steps = new List<Step>();
        while (rest.Length >= HeadBytes)
        {
            var numbers = MemoryMarshal.Cast<byte, int>(rest.Span[..8]);
            var places = MemoryMarshal.Cast<byte, long>(rest.Span[8..HeadBytes]);
            var length = (int)places[1];
            // The last one may have been cut off with the process.
            if (rest.Length < HeadBytes + length)
            {
                break;
            }

            steps.Add(new Step((StepKind)numbers[0], numbers[1], places[0], rest.Slice(HeadBytes, length)));
            rest = rest[(HeadBytes + length)..];
        }

        return steps;
    }
}
