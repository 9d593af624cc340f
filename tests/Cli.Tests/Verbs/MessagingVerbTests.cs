using Mesh.Cli.Processes;

namespace Mesh.Cli.Tests.Verbs;

/// <summary>Events and queues by meshctl, against a real control plane.</summary>
public sealed class MessagingVerbTests : IAsyncLifetime
{
    private ChildProcess _process = null!;

    [Fact]
    public async Task What_is_sent_is_seen_received_and_gone()
    {
        await DoneAsync("queues", "create", "email", "--max-deliveries", "2");
        Assert.StartsWith("message ", await DoneAsync("queues", "send", "email", "--data", "{\"to\":\"ann\"}", "--priority", "3"), StringComparison.Ordinal);
        Assert.Matches(@"QUEUE +READY.*\nemail +1 +0 +0 +0 +0 ", await DoneAsync("queues", "list"));
        Assert.Contains("{\"to\":\"ann\"}", await DoneAsync("queues", "peek", "email"), StringComparison.Ordinal);
        Assert.Contains("\"attempt\": 1", await DoneAsync("queues", "receive", "email", "-o", "json"), StringComparison.Ordinal);
        Assert.Equal("nothing is ready\n", await DoneAsync("queues", "receive", "email"));
        Assert.Matches(@"READY .*ACKNOWLEDGED.*\n0 +0 +0 +0 +0 +- +1 +1 +1 ", await DoneAsync("queues", "stats", "email"));
    }

    [Fact]
    public async Task Events_are_published_and_found_again()
    {
        Assert.EndsWith("is number 1\n", await DoneAsync("events", "publish", "order.created", "--subject", "o-1", "--data", "hello", "--id", "one"), StringComparison.Ordinal);
        Assert.Contains("was published before", await DoneAsync("events", "publish", "order.created", "--data", "hello", "--id", "one"), StringComparison.Ordinal);
        Assert.Matches(@"1 +.* order\.created +mesh/operator +o-1 +hello", await DoneAsync("events", "query", "order.*", "--since", "1h"));
        Assert.Equal("there are no such events\n", await DoneAsync("events", "query", "user.>"));
        Assert.Equal("there are no groups\n", await DoneAsync("events", "groups"));
    }

    [Fact]
    public async Task A_tail_shows_what_was_and_what_comes()
    {
        await DoneAsync("events", "publish", "order.created", "--data", "first");
        using var stop = new CancellationTokenSource();
        var output = new WaitingWriter();
        var tail = Meshctl.RunAsync(["events", "tail", "order.>", "--after", "0", "--control-plane", Address], output, TextWriter.Null, stop.Token);
        await output.Contains("first");
        await DoneAsync("events", "publish", "order.paid", "--data", "second");
        await output.Contains("second");
        await stop.CancelAsync();
        Assert.Equal(0, await tail);
    }

    [Fact]
    public async Task Who_names_another_queue_is_told_which_there_are()
    {
        await DoneAsync("queues", "create", "email");
        var errors = new StringWriter();
        Assert.Equal(1, await Meshctl.RunAsync(["queues", "send", "e-mail", "--data", "x", "--control-plane", Address], TextWriter.Null, errors, default));
        Assert.Contains("email", errors.ToString(), StringComparison.Ordinal);
    }

    public async Task InitializeAsync()
    {
        _process = ChildProcess.Start("control-plane", Built.Executable("mesh-control-plane"), ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"], []);
        await _process.ReadyAsync(Built.Limit, default);
    }

    public Task DisposeAsync() => _process.DisposeAsync().AsTask();

    private string Address => $"http://{_process.Listener("grpc")}";

    private async Task<string> DoneAsync(params string[] args)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter());
        var code = await Meshctl.RunAsync([.. args, "--control-plane", Address], output, errors, default);
        Assert.True(code == 0, errors.ToString());
        return output.ToString();
    }
}
