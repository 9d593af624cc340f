using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Mesh.Bench.Load.Cases;
using Mesh.Bench.Load.Processes;
using Mesh.Wire.Streams;

namespace Mesh.Bench.Load.Generating;

/// <summary>h2load, the load generator of nghttp2: an independent judge, and fast enough for every proxy here. One run at a time.</summary>
internal sealed partial class H2Load(string program, string folder, Pinning pinning)
{
    /// <summary>Whether it can carry out a case: it sends all calls with the same headers, offers a rate in bursts of 10 ms, and keeps all connections busy.</summary>
    public static bool Can(LoadCase load) => load is { HeaderSets: 0, Rate: 0, OneAtATime: false };

    /// <inheritdoc cref="OwnLoad.RunAsync"/>
    public async Task<LoadResult> RunAsync(IPEndPoint target, LoadCase load, int calls, TimeSpan limit, CancellationToken stop)
    {
        var log = Path.Combine(folder, "h2load.log");
        File.Delete(log);
        var command = pinning.Load([program, .. await ArgumentsAsync(target, load, calls), .. load.HasLatency ? ["--log-file", log] : Array.Empty<string>()]);
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new BenchFailedException("h2load does not start");
        try
        {
            var errors = process.StandardError.ReadToEndAsync(stop);
            var output = await process.StandardOutput.ReadToEndAsync(stop).WaitAsync(limit, stop);
            await process.WaitForExitAsync(stop);
            return await ReadAsync(output, load.HasLatency ? log : null) ?? throw new BenchFailedException($"h2load says\n{output}{await errors}");
        }
        catch (TimeoutException)
        {
            return new LoadResult(limit.TotalSeconds, 0, calls, []);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private async Task<List<string>> ArgumentsAsync(IPEndPoint target, LoadCase load, int calls)
    {
        var arguments = new List<string>
        {
            "-n", Text(calls), "-c", Text(load.Connections), "-m", Text(load.Streams), "-t", "1", "-H", $":authority: {CallShape.Authority}",
        };
        if (load.Protocol == Protocol.Http1)
        {
            arguments.Add("--h1");
        }

        if (load.Body > 0)
        {
            arguments.AddRange(["-d", await BodyFileAsync(load)]);
        }

        arguments.AddRange(CallShape.FurtherHeaders(load).SelectMany(header => (string[])["-H", $"{header.Key}: {header.Value}"]));
        var urls = CallShape.Paths(load).Select(path => $"http://{target}{path}").ToList();
        if (urls.Count > 1)
        {
            var file = Path.Combine(folder, "urls");
            await File.WriteAllLinesAsync(file, urls);
            arguments.AddRange(["-i", file]);
        }
        else
        {
            arguments.Add(urls[0]);
        }

        return arguments;
    }

    private async Task<string> BodyFileAsync(LoadCase load)
    {
        var file = Path.Combine(folder, $"body-{load.Protocol}-{load.Body}");
        if (!File.Exists(file))
        {
            await File.WriteAllBytesAsync(file, CallShape.Body(load));
        }

        return file;
    }

    private static async Task<LoadResult?> ReadAsync(string output, string? log)
    {
        var finished = Finished.Match(output);
        var requests = Requests.Match(output);
        var statuses = Statuses.Match(output);
        if (!finished.Success || !requests.Success || !statuses.Success)
        {
            return null;
        }

        var unit = finished.Groups["unit"].Value switch { "us" => 1e-6, "ms" => 1e-3, _ => 1 };
        var succeeded = Math.Min(Number(requests, "succeeded"), Number(statuses, "ok"));
        var latencies = log is null ? [] : await LatenciesAsync(log);
        return new LoadResult(
            double.Parse(finished.Groups["time"].ValueSpan, CultureInfo.InvariantCulture) * unit, succeeded, Number(requests, "total") - succeeded, latencies);
    }

    /// <summary>Lines of start, status and microseconds.</summary>
    private static async Task<double[]> LatenciesAsync(string log)
    {
        var lines = await File.ReadAllLinesAsync(log);
        var latencies = Array.ConvertAll(lines, line => double.Parse(line.AsSpan(line.LastIndexOf('\t') + 1), CultureInfo.InvariantCulture));
        Array.Sort(latencies);
        return latencies;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(Match match, string group) => int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"finished in (?<time>[\d.]+)(?<unit>us|ms|s),")]
    private static partial Regex Finished { get; }

    [GeneratedRegex(@"requests: (?<total>\d+) total.* (?<succeeded>\d+) succeeded")]
    private static partial Regex Requests { get; }

    [GeneratedRegex(@"status codes: (?<ok>\d+) 2xx")]
    private static partial Regex Statuses { get; }
}
