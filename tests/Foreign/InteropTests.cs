namespace Mesh.Foreign;

/// <summary>Clients and servers of other languages meet through the sidecar as if it were not there.</summary>
public sealed class InteropTests(Foreigners foreigners) : IClassFixture<Foreigners>
{
    private static readonly string[] Languages = ["node", "python"];

    private static readonly string[] Scenarios =
    [
        "unary", "server-stream", "client-stream", "bidi", "large", "concurrent", "metadata", "status", "late-status",
        "early-status", "deadline", "cancel", "unimplemented",
    ];

    public static IEnumerable<object[]> Everything =>
        from client in Languages
        from server in Languages
        from scenario in Scenarios
        select new object[] { client, server, scenario };

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task A_foreign_client_and_a_foreign_server_understand_each_other(string client, string server, string scenario)
    {
        var complaint = await foreigners.PlayAsync(client, server, scenario);
        Assert.True(complaint.Length == 0, complaint);
    }

    [Theory]
    [InlineData("node", "python", "unary")]
    [InlineData("node", "python", "bidi")]
    [InlineData("python", "node", "large")]
    [InlineData("python", "node", "concurrent")]
    public async Task A_client_that_is_told_of_a_proxy_calls_services_by_their_names(string client, string server, string scenario)
    {
        var complaint = await foreigners.PlayByProxyAsync(client, server, scenario);
        Assert.True(complaint.Length == 0, complaint);
    }
}
