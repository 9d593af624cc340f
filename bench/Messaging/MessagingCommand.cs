using System.CommandLine;
using Mesh.Bench.Load;
using Mesh.Bench.Messaging.Measuring;

namespace Mesh.Bench.Messaging;

/// <summary>The command line of the benchmark.</summary>
internal static class MessagingCommand
{
    public static RootCommand Create()
    {
        var rounds = new Option<int>("--rounds") { Description = "How often each is measured, one after the other; the median counts.", DefaultValueFactory = _ => 3 };
        var seconds = new Option<double>("--seconds") { Description = "How long each is measured in a round.", DefaultValueFactory = _ => 3 };
        var publishers = new Option<int[]>("--publishers")
        {
            Description = "How many publish at once, each waiting for its answer; several numbers are several tables.",
            DefaultValueFactory = _ => [1, 64],
            AllowMultipleArgumentsPerToken = true,
        };
        var folder = new Option<string>("--folder") { Description = "On the disk that is to be measured.", DefaultValueFactory = _ => Path.Combine("artifacts", "messaging") };
        var command = new RootCommand("Durable publishes of 1 KB: the engine beside Redis Streams and the disk's own syncs, in turns.") { rounds, seconds, publishers, folder };
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                var run = new PublishRun(Path.GetFullPath(parsed.GetValue(folder)!), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rounds));
                foreach (var count in parsed.GetValue(publishers)!)
                {
                    Console.WriteLine(await run.MeasureAsync(count, cancellation));
                }

                return 0;
            }
            catch (BenchFailedException failed)
            {
                await Console.Error.WriteLineAsync(failed.Message);
                return 1;
            }
        });
        return command;
    }
}
