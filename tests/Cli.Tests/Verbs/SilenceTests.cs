using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Mesh.Cli.Processes;
using Mesh.Cli.Verbs;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Cli.Tests.Verbs;

/// <summary>Whatever is at the other end, and whatever it does not say: a verb ends within its limit, with a sentence.</summary>
public sealed class SilenceTests
{
    private static readonly string[] Verbs = ["list", "list configs", "get users", "get config users", "watch", "delete users", "apply -f FILE"];

    public static TheoryData<string> EveryVerb => [.. Verbs];

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public async Task A_server_that_takes_connections_and_says_nothing_is_waited_for_as_long_as_asked(string verb)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var address = $"http://{silent.LocalEndpoint}";
        var (code, errors) = await Run(verb, address, "--timeout", "250ms");
        Assert.Equal(1, code);
        Assert.Equal($"meshctl: no answer from the control plane at {address} within 250ms (--timeout sets another limit, --control-plane names another URL)\n", errors);
    }

    [Fact]
    public async Task A_control_plane_that_is_stopped_is_waited_for_as_long_as_asked()
    {
        await using var plane = ChildProcess.Start("control-plane", Built.Executable("mesh-control-plane"), ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"], []);
        await plane.ReadyAsync(Built.Limit, default);
        using (var stop = Process.Start("kill", ["-STOP", plane.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await stop.WaitForExitAsync();
        }

        foreach (var verb in Verbs)
        {
            var (code, errors) = await Run(verb, $"http://{plane.Listener("grpc")}", "--timeout", "250ms");
            Assert.Equal(1, code);
            Assert.Contains("within 250ms", errors, StringComparison.Ordinal);
            Assert.Equal(1, errors.Count(character => character == '\n'));
        }
    }

    [Fact]
    public async Task Ten_seconds_are_waited_if_nothing_is_said_of_it()
    {
        StringWriter output = new();
        Assert.Equal(0, await Meshctl.RunAsync(["list", "--help"], output, TextWriter.Null, default));
        Assert.Matches(@"--timeout <DURATION>\s.*\[default: 10s\]", output.ToString());
    }

    [Fact]
    public void After_the_first_answer_time_has_no_bound()
    {
        var time = new FakeTimeProvider();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), time);
        new Conversation(null!, limit).HasAnswered();
        time.Advance(TimeSpan.FromDays(1));
        Assert.False(limit.IsCancellationRequested);
    }

    [Fact]
    public async Task A_watch_stands_after_its_first_answer()
    {
        await using var plane = ChildProcess.Start("control-plane", Built.Executable("mesh-control-plane"), ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"], []);
        await plane.ReadyAsync(Built.Limit, default);
        using var end = new CancellationTokenSource();
        var output = new WaitingWriter();
        var watch = Meshctl.RunAsync(["watch", "--control-plane", $"http://{plane.Listener("grpc")}", "--timeout", "3m"], output, TextWriter.Null, end.Token);
        await output.Contains("revision ");
        Assert.False(watch.IsCompleted);
        await end.CancelAsync();
        Assert.Equal(0, await watch.WaitAsync(Built.Limit));
    }

    [Theory]
    [InlineData("list", "sent more than 256 MiB of instances")]
    [InlineData("watch", "sent more than 256 MiB of instances")]
    [InlineData("get users", "led in a circle through its pages of instances: the token 'a' came twice")]
    [InlineData("list configs", "led in a circle through its pages of configuration: the token 'again' came twice")]
    public async Task An_answer_without_an_end_is_given_up(string verb, string complaint)
    {
        await using var liar = await LyingControlPlane.StartAsync(routes =>
        {
            routes.MapGrpcService<LyingControlPlane.InCircles>();
            routes.MapGrpcService<LyingControlPlane.EndlessConfigs>();
        });
        var (code, errors) = await Run(verb, liar.Address, "--timeout", "3m");
        Assert.Equal(1, code);
        Assert.Contains(complaint, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
    }

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public async Task What_speaks_HTTP_2_and_is_no_control_plane_is_told_from_one_that_is_not_there(string verb)
    {
        await using var other = await LyingControlPlane.StartAsync(routes => routes.MapGet("/", () => "hello"));
        var (code, errors) = await Run(verb, other.Address, "--timeout", "3m");
        Assert.Equal(1, code);
        Assert.StartsWith($"meshctl: what answers at {other.Address} is no control plane", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
    }

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public async Task Trailers_larger_than_any_client_takes_are_named(string verb)
    {
        await using var liar = await LyingControlPlane.StartAsync(routes => routes.MapFallback(LyingControlPlane.LargeTrailers));
        var (code, errors) = await Run(verb, liar.Address, "--timeout", "3m");
        Assert.Equal(1, code);
        Assert.DoesNotContain("no control plane answers", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(character => character == '\n'));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("list configs")]
    [InlineData("watch")]
    [InlineData("get users")]
    [InlineData("get config users")]
    [InlineData("apply -f FILE")]
    public async Task What_others_send_cannot_draw_on_the_terminal(string verb)
    {
        await using var painter = await LyingControlPlane.StartAsync(routes =>
        {
            routes.MapGrpcService<LyingControlPlane.Painter>();
            routes.MapGrpcService<LyingControlPlane.ConfigPainter>();
        });
        foreach (var format in (string[])["table", "json", "yaml"])
        {
            var (_, output, errors) = await RunAll(verb, painter.Address, "-o", format, "--timeout", "3m");
            Assert.True(output.Length > 0, errors);
            Assert.Contains("[2Jb", output, StringComparison.Ordinal);
            AssertHarmless(output);
            AssertHarmless(errors);
        }
    }

    [Theory]
    [MemberData(nameof(EveryVerb))]
    public async Task What_a_status_says_cannot_draw_on_the_terminal(string verb)
    {
        await using var painter = await LyingControlPlane.StartAsync(routes => routes.MapFallback(LyingControlPlane.PaintedStatus));
        var (code, output, errors) = await RunAll(verb, painter.Address, "--timeout", "3m");
        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.Contains("a?[2Jb?c d", errors, StringComparison.Ordinal);
        Assert.All(errors.TrimEnd('\n').Split('\n'), line => Assert.StartsWith("meshctl: ", line, StringComparison.Ordinal));
        AssertHarmless(errors);
    }

    private static void AssertHarmless(string text) => Assert.DoesNotContain(
        text,
        character => character != '\n'
            && (char.IsControl(character) || character is '\u2028' or '\u2029' or '\u061c' or (>= '\u200e' and <= '\u200f') or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069')));

    private static async Task<(int Code, string Errors)> Run(string verb, string address, params string[] more)
    {
        var (code, _, errors) = await RunAll(verb, address, more);
        return (code, errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAll(string verb, string address, params string[] more)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "service: users\nconfig: {}\n");
            StringWriter output = new() { NewLine = "\n" }, errors = new() { NewLine = "\n" };
            string[] args = [.. verb.Replace("FILE", file, StringComparison.Ordinal).Split(' '), "--control-plane", address, .. more];
            var code = await Meshctl.RunAsync(args, output, errors, default).WaitAsync(Built.Limit);
            return (code, output.ToString(), errors.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }
}
