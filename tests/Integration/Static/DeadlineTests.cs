using System.Globalization;
using Grpc.Core;
using Mesh.Integration.Processes;
using Mesh.Integration.V1;

namespace Mesh.Integration.Static;

public sealed class DeadlineTests(Paths paths) : IClassFixture<Paths>
{
    public static TheoryData<string> EachPath { get; } = [Paths.OneSidecar, Paths.TwoSidecars];

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task The_server_is_told_the_time_that_remains(string path)
    {
        var reply = await paths.Client(path).UnaryAsync(new EchoRequest(), deadline: In(TimeSpan.FromSeconds(20)));
        Assert.InRange(Parse(reply.Timeout), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task What_has_passed_on_the_way_is_taken_off(string path)
    {
        using var http = new HttpClient(MeshChannel.Handler(paths.Outbound.Outbound));
        using var request = GrpcHttp.Request(path, "Unary", GrpcHttp.Frame(new EchoRequest()));
        request.Headers.Add("grpc-timeout", "20S");
        using var response = await http.SendAsync(request, Bound.Token);
        var reply = EchoReply.Parser.ParseFrom((await response.Content.ReadAsByteArrayAsync(Bound.Token)).AsSpan(5));
        Assert.InRange(Parse(reply.Timeout), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20) - TimeSpan.FromTicks(1));
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task No_deadline_stays_none(string path)
    {
        Assert.Empty((await paths.Client(path).UnaryAsync(new Behaviour())).Timeout);
    }

    [Theory]
    [MemberData(nameof(EachPath))]
    public async Task A_deadline_that_passes_ends_the_call_on_both_sides(string path)
    {
        // The first call on a path pays for the start of everything; the next one gets to the server in time.
        await paths.Client(path).UnaryAsync(new Behaviour());
        var before = paths.Server.Counts.Cancelled;
        var status = await Calls.FailureAsync(async () =>
            await paths.Client(path).UnaryAsync(Calls.Request(new Behaviour { Hang = true }), deadline: In(TimeSpan.FromSeconds(2))));
        Assert.Equal(StatusCode.DeadlineExceeded, status.StatusCode);
        await Bound.UntilAsync(() => paths.Server.Counts.Cancelled == before + 1, () => "the server's call is cancelled");
    }

    [Fact]
    public async Task The_sidecar_itself_ends_a_call_whose_caller_forgets_its_deadline()
    {
        using var http = new HttpClient(MeshChannel.Handler(paths.Outbound.Outbound));
        using var request = GrpcHttp.Request(Paths.OneSidecar, "Unary", GrpcHttp.Frame(Calls.Request(new Behaviour { Hang = true })));
        request.Headers.Add("grpc-timeout", "200m");
        using var response = await http.SendAsync(request, Bound.Token);
        Assert.Equal("4", GrpcHttp.StatusOf(response));
        Assert.Contains("within the caller's deadline of ", GrpcHttp.MessageOf(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_services_own_timeout_is_a_deadline_for_those_who_have_none()
    {
        await using var server = await EchoServer.StartAsync();
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Services(
            ("echo", [server.Address], "{timeouts: {request: 60s}}"),
            ("short", [server.Address], "{timeouts: {request: 2s}}")));
        // Long, since it is the first call and must be answered.
        var told = (await new Echo.EchoClient(sidecar.Channel("echo")).UnaryAsync(new Behaviour())).Timeout;
        Assert.NotEmpty(told);
        Assert.InRange(Parse(told), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));

        var status = await new Echo.EchoClient(sidecar.Channel("short")).FailureAsync(new Behaviour { Hang = true });
        Assert.Equal(StatusCode.DeadlineExceeded, status.StatusCode);
        Assert.Equal($"service 'short': no answer from {server.Address} within timeouts.request of 2s (1 attempt)", status.Detail);
        await Bound.UntilAsync(() => server.Counts.Cancelled == 1, () => "the server's call is cancelled");
    }

    [Fact]
    public async Task The_sooner_of_the_callers_deadline_and_the_services_timeout_wins()
    {
        await using var sidecar = await Sidecar.StartStaticAsync(Yaml.Service("echo", paths.Server, "{timeouts: {request: 60s}}"));
        var client = new Echo.EchoClient(sidecar.Channel("echo"));
        var reply = await client.UnaryAsync(new EchoRequest(), deadline: In(TimeSpan.FromSeconds(20)));
        Assert.InRange(Parse(reply.Timeout), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(20));
    }

    private static DateTime In(TimeSpan time) => TimeProvider.System.GetUtcNow().UtcDateTime + time;

    // gRPC over HTTP/2, "Timeout": at most eight digits and a unit.
    private static TimeSpan Parse(string timeout) =>
        long.Parse(timeout[..^1], CultureInfo.InvariantCulture) * timeout[^1] switch
        {
            'H' => TimeSpan.FromHours(1),
            'M' => TimeSpan.FromMinutes(1),
            'S' => TimeSpan.FromSeconds(1),
            'm' => TimeSpan.FromMilliseconds(1),
            'u' => TimeSpan.FromMicroseconds(1),
            _ => TimeSpan.FromTicks(1), // 'n', rounded up
        };
}
