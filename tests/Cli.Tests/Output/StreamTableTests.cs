using System.Text.Json.Nodes;
using Mesh.Cli.Output;

namespace Mesh.Cli.Tests.Output;

public sealed class StreamTableTests
{
    [Fact]
    public void A_stream_is_a_line_with_messages_each_way_and_whom_it_waits_for() => Assert.Equal(
        """
        SERVICE            METHOD         FROM             TO           AGE   REQUESTS  ANSWERS  RATE       LAST  WAITS FOR
        prices (outbound)  /shop.P/Watch  127.0.0.1:40001  10.0.0.7:80  125s  1         2500     0/s, 20/s  0.1s  caller's stream window, 12s
        files (inbound)    GET            127.0.0.1:40002  app          2.5s  0 B       7000 B   -          1.0s  -

        """,
        Table("""
        [{"service": "prices", "direction": "outbound", "method": "/shop.P/Watch", "peer": "127.0.0.1:40001", "endpoint": "10.0.0.7:80", "age_seconds": 125,
          "requests": {"messages": 1, "messages_per_second": 0, "bytes": 10, "last_seconds_ago": 125},
          "answers": {"messages": 2500, "messages_per_second": 20, "bytes": 9, "last_seconds_ago": 0.1, "waiting_bytes": 7, "waiting_seconds": 12, "waiting_for": "stream_window"},
          "waits_for": "caller"},
         {"service": "files", "direction": "inbound", "method": "GET", "peer": "127.0.0.1:40002", "endpoint": "app", "age_seconds": 2.5,
          "requests": {"bytes": 0, "last_seconds_ago": 2.5}, "answers": {"bytes": 7000, "last_seconds_ago": 1}}]
        """));

    /// <summary>Whatever answers at that port.</summary>
    [Theory]
    [InlineData("[{}]")]
    [InlineData("""[{"service": 7, "requests": [], "answers": "x", "age_seconds": "y", "waits_for": {}}]""")]
    public void What_is_not_as_expected_is_a_dash(string json) => Assert.Contains("- (-)", Table(json), StringComparison.Ordinal);

    private static string Table(string json)
    {
        var output = new StringWriter { NewLine = "\n" };
        StreamTable.Write(output, JsonNode.Parse(json)!.AsArray().OfType<JsonObject>());
        return output.ToString();
    }
}
