using System.Diagnostics;
using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Messaging.Contestants;

namespace Mesh.Bench.Messaging.Measuring;

/// <summary>Measures the contestants in turns, each on an empty folder of the same disk, so that what else goes on there meets all of them.</summary>
internal sealed class PublishRun(string folder, TimeSpan length, int rounds)
{
    private const int MessageBytes = 1_024;

    public async Task<Table> MeasureAsync(int publishers, CancellationToken cancellation)
    {
        var contestants = Contestants(publishers);
        var samples = contestants.ToDictionary(contestant => contestant.Name, _ => new List<Sample>());
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, start) in contestants)
            {
                var place = Directory.CreateDirectory(Path.Combine(folder, "round"));
                await using (var contestant = await start(place.FullName))
                {
                    // To become warm, code and file.
                    await MeasureAsync(contestant, publishers, length / 4, cancellation);
                    samples[name].Add(await MeasureAsync(contestant, publishers, length, cancellation));
                }

                place.Delete(recursive: true);
            }
        }

        var table = new Table(
            $"Durable publishes of 1 KB, {publishers} at once",
            $"Medians of {rounds} rounds in turns, {length.TotalSeconds} s each.{(RedisContestant.WhyNot is { } why ? $" Without Redis: {why}." : "")}",
            "", "a second", "p50 µs", "p99 µs");
        foreach (var (name, taken) in samples)
        {
            table.Add(
                name,
                Numbers.Figure(taken.Select(sample => sample.Rate).Median()),
                Numbers.Figure(taken.Select(sample => sample.P50).Median()),
                Numbers.Figure(taken.Select(sample => sample.P99).Median()));
        }

        return table;
    }

    private static List<(string Name, Func<string, Task<IContestant>> Start)> Contestants(int publishers)
    {
        List<(string, Func<string, Task<IContestant>>)> contestants = [("queue", QueueContestant.StartAsync), ("event", LogContestant.StartAsync)];
        if (publishers == 1)
        {
            contestants.Add(("fdatasync", DiskContestant.StartAsync));
        }

        if (RedisContestant.WhyNot is null)
        {
            contestants.Add(("Redis, always", place => RedisContestant.StartAsync(place, publishers, "always")));
            contestants.Add(("Redis, everysec", place => RedisContestant.StartAsync(place, publishers, "everysec")));
        }

        return contestants;
    }

    private static async Task<Sample> MeasureAsync(IContestant contestant, int publishers, TimeSpan length, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var times = await Task.WhenAll(Enumerable.Range(0, publishers).Select(publisher => Task.Run(
            async () =>
            {
                var (data, taken) = (new byte[MessageBytes], new List<long>());
                new Random(publisher).NextBytes(data);
                while (Stopwatch.GetElapsedTime(start) < length && !cancellation.IsCancellationRequested)
                {
                    var begin = Stopwatch.GetTimestamp();
                    await contestant.PublishAsync(publisher, data);
                    taken.Add(Stopwatch.GetTimestamp() - begin);
                }

                return taken;
            },
            cancellation)));
        cancellation.ThrowIfCancellationRequested();
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var all = times.SelectMany(taken => taken).Order().ToArray();
        return new Sample(all.Length / seconds, Microseconds(all[all.Length / 2]), Microseconds(all[Math.Min(all.Length - 1, all.Length * 99 / 100)]));
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
