namespace Mesh.Resources.Tests;

public class ConfigReaderTests
{
    [Fact]
    public void All_documents_of_all_files_are_read_in_order()
    {
        var reader = new ConfigReader();
        Assert.True(reader.Read("service: a\n---\n---\nservice: b\n", "f.yaml"));
        Assert.False(reader.Read("# nothing\n", "g.yaml"));
        Assert.True(reader.Read("""{"service": "c"}""", "h.json"));
        Assert.Empty(reader.Faults);
        Assert.Equal(["a", "b", "c"], reader.Resources.Select(resource => resource.Service));
    }

    [Theory]
    [InlineData("service: a\nconfig:\n  retry:\n    maxAttempts: 11", "f.yaml:4:18: config.retry.max_attempts: 11 is not within 1 to 10")]
    [InlineData("service: a\nconfig: {retry: {codes: [ABORTED, OK]}}", "f.yaml:2:35: config.retry.codes[1]: OK is a success; leave it out")]
    [InlineData("service: a\nconfig:\n  routes:\n  - {}\n  - match: {headers: [{exact: x}]}", "f.yaml:5:23: config.routes[1].match.headers[0].name: is missing; write the header's name in lower case")]
    [InlineData("service: a\nconfig: {balancing: {panic_threshold: 101}}", "f.yaml:2:39: config.balancing.panic_threshold: 101 is not within 0 to 100")]
    [InlineData("service: a\nconfig: {breaker: {max_open: 1s}}", "f.yaml:2:30: config.breaker.max_open: 1s is shorter than open (1m)")]
    [InlineData("service: A", "f.yaml:1:10: service: 'A' is not a service's name; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")]
    [InlineData("service: mesh", "f.yaml:1:10: service: 'mesh' is the name under which the mesh itself answers; give the service another")]
    [InlineData("\nconfig: {}", "f.yaml:2:1: service: is missing; 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit")]
    [InlineData("service: a\n---\nservice: a", "f.yaml:3:10: service: 'a' is configured at f.yaml:1:10 too; keep one of them")]
    [InlineData("service: a\ninbound: {limits: {max_pending_requests: 0}}", "f.yaml:2:42: inbound.limits.max_pending_requests: 0 is not within 1 to 1000000")]
    [InlineData("service: a\ninbound: {timeouts: {per_try: 1s}}", "f.yaml:2:22: inbound.timeouts.per_try: InboundTimeouts has no such field; it has request, connect, idle, max_stream_age, max_connection_age")]
    [InlineData("service: a\nconfig: {}\ninbound: {}\n---\nservice: a\ninbound: {}", "f.yaml:5:10: service: 'a' is configured at f.yaml:1:10 too; keep one of them")]
    [InlineData("service: a\ninbound:", "f.yaml:2:1: inbound: has nothing under it; write {} for the defaults, or leave the line out")]
    [InlineData("service: a\nconfig:\ninbound: {}", "f.yaml:2:1: config: has nothing under it; write {} for the defaults, or leave the line out")]
    [InlineData("{\"service\": \"a\", \"config\": null}", "f.yaml:1:18: config: has nothing under it; write {} for the defaults, or leave the line out")]
    public void A_value_that_makes_no_sense_is_a_line_with_its_place(string text, string line)
    {
        var reader = new ConfigReader();
        reader.Read(text, "f.yaml");
        Assert.Equal([line], reader.Faults);
    }

    [Fact]
    public void A_service_is_configured_once_in_all_files()
    {
        var reader = new ConfigReader();
        reader.Read("service: a", "f.yaml");
        reader.Read("\nservice: a", "g.yaml");
        Assert.Equal(["g.yaml:2:10: service: 'a' is configured at f.yaml:1:10 too; keep one of them"], reader.Faults);
    }

    [Fact]
    public void What_holds_for_callers_and_what_holds_inbound_may_stand_apart()
    {
        var reader = new ConfigReader();
        reader.Read("service: a\ninbound: {limits: {max_concurrent_requests: 2}}\n---\nservice: a\nconfig: {}", "f.yaml");
        Assert.Empty(reader.Faults);
        Assert.Equal([2u, null], reader.Resources.Select(resource => resource.Inbound?.Limits.MaxConcurrentRequests));
    }

    [Fact]
    public void What_cannot_be_read_hides_no_fault_of_another_document()
    {
        var reader = new ConfigReader();
        reader.Read("servce: a\n---\nservice: b\nconfig: {limits: {max_pending_requests: 0, max_concurrent_requests: 1000001}}", "f.yaml");
        Assert.Equal(
            [
                "f.yaml:1:1: servce: ConfigResource has no such field; did you mean service?",
                "f.yaml:4:69: config.limits.max_concurrent_requests: 1000001 is not within 1 to 1000000",
                "f.yaml:4:41: config.limits.max_pending_requests: 0 is not within 1 to 1000000",
            ],
            reader.Faults);
    }
}
