using Microsoft.Extensions.Logging;

namespace Mesh.Hosting.Tests.Logging;

public sealed class LogTests
{
    private readonly StringWriter _output = new();
    private readonly Log _log;

    public LogTests() => _log = new Log(LogLevel.Information, _output, TimeProvider.System);

    [Fact]
    public void A_line_says_when_how_grave_and_what()
    {
        _log.Warn("it rains");
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning it rains\r?\n$", _output.ToString());
    }

    [Fact]
    public void What_is_below_the_level_is_left_out()
    {
        _log.Debug("no");
        _log.Level = LogLevel.None;
        _log.Error("no");
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public void What_comes_from_elsewhere_cannot_begin_a_line_nor_steer_a_terminal()
    {
        _log.Info("a\nb\u2028c\u001b[31md\u202ee\u0085f");
        Assert.EndsWith(@"info a b c?[31md?e f", _output.ToString().TrimEnd(), StringComparison.Ordinal);
        Assert.Single(_output.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public void Libraries_write_the_same_lines_and_are_named_in_theirs()
    {
        using var provider = new LineLoggerProvider(_log);
        provider.CreateLogger("Mesh.ControlPlane.Registry").LogInformation("registered {Name}", "users/1");
        provider.CreateLogger("Grpc.Server").LogError(new InvalidOperationException("because"), "failed");
        var lines = _output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.EndsWith(" info registered users/1", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(" error Grpc.Server: failed: System.InvalidOperationException: because", lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("trace", LogLevel.Trace)]
    [InlineData("warning", LogLevel.Warning)]
    [InlineData("warn", LogLevel.Warning)]
    [InlineData("off", LogLevel.None)]
    public void A_level_is_read_by_its_name(string text, LogLevel expected)
    {
        Assert.True(LogLevels.Kind.TryParse(text, out var level));
        Assert.Equal(expected, level);
    }

    [Fact]
    public void Another_word_is_no_level() => Assert.False(LogLevels.TryParse("warnings", out _));
}
