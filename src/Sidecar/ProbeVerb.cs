using System.Diagnostics.CodeAnalysis;
using Mesh.Hosting;
using Mesh.Sidecar.Probing;

namespace Mesh.Sidecar;

/// <summary>
/// <c>mesh-sidecar probe URL</c>: whether something is well, for the health checks of containers: exit code 0 if it is, 1 and
/// a line if not. Run every few seconds by everybody, so plain sockets on one thread, in the native executable.
/// </summary>
internal static class ProbeVerb
{
    public const string Name = "probe";

    public const string Summary = "Asks a program whether it is well: exit code 0 if it is, 1 if not.";

    private static readonly ValueKind<Uri> Target = new(
        "URL",
        "a URL like http://HOST:PORT/readyz, grpc://HOST:PORT[/SERVICE] or tcp://HOST:PORT",
        (string text, [MaybeNullWhen(false)] out Uri value) =>
            Uri.TryCreate(text, UriKind.Absolute, out value) && value is { Scheme: "http" or "grpc" or "tcp", Port: > 0, UserInfo: "" });

    public static int Run(string[] args)
    {
        var set = new OptionSet($"mesh-sidecar {Name}", Summary);
        var url = set.AddArgument("URL", Target, "http:// expects a status of 200 to 299, grpc:// asks grpc.health.v1.Health, tcp:// expects a connection.");
        var timeout = set.Add("timeout", ValueKinds.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(10)), "2s", "How long the answer may take.");
        if (!set.TryRead(args, out var values, out var exitCode))
        {
            return exitCode;
        }

        var fault = Ask(values.Get(url), values.Get(timeout));
        if (fault is null)
        {
            return 0;
        }

        Console.Error.WriteLine($"mesh-sidecar: probe: {values.Get(url)}: {PrintableText.Of(fault)}");
        return 1;
    }

    /// <summary>On a thread of its own, which ends with the process if it hangs: look-ups of names know no limit.</summary>
    private static string? Ask(Uri url, TimeSpan limit)
    {
        string? fault = null;
        var thread = new Thread(() => fault = Probe.Ask(url, limit)) { IsBackground = true };
        thread.Start();
        return thread.Join(limit) ? fault : Probe.NoAnswer(limit);
    }
}
