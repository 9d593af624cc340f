using Grpc.Core;
using Mesh.ControlPlane.Asking;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>What sidecars remember of calls is asked for where they have their stream.</summary>
public sealed class TelemetryApiTests : IAsyncLifetime
{
    private readonly List<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>> _sidecars = [];
    private TestPlane _plane = null!;
    private Telemetry.TelemetryClient _telemetry = null!;

    public async Task InitializeAsync()
    {
        _plane = await TestPlane.StartAsync();
        _telemetry = new Telemetry.TelemetryClient(_plane.Connect());
    }

    public async Task DisposeAsync()
    {
        _sidecars.ForEach(sidecar => sidecar.Dispose());
        await _plane.DisposeAsync();
    }

    [Fact]
    public async Task Every_sidecar_is_asked_and_named_as_it_is_known()
    {
        var web = await OpenAsync("web", "web-1");
        var users = await OpenAsync("users", "users-1");
        var finding = FindAsync(new CallQuery { Service = "users", Most = 7 });
        var question = await QuestionAsync(web);
        Assert.Equal(("users", 7u), (question.Query.Service, question.Query.Most));
        await AnswerAsync(web, question.Id, new SidecarCalls { Service = "a lie", Calls = { new CallReport { Reason = "reset" } } });
        await AnswerAsync(users, (await QuestionAsync(users)).Id, new SidecarCalls());
        var found = await finding;
        Assert.Equal(2u, found.Asked);
        var told = Assert.Single(found.Sidecars);
        Assert.Equal(("web", "web-1", "reset"), (told.Service, told.InstanceId, told.Calls[0].Reason));
        Assert.Empty(found.Silent);
    }

    [Fact]
    public async Task Who_does_not_answer_is_named_and_what_comes_unasked_is_not_minded()
    {
        var web = await OpenAsync("web", "web-1");
        await AnswerAsync(web, 77, new SidecarCalls { Calls = { new CallReport() } });
        var finding = FindAsync(new CallQuery());
        await QuestionAsync(web);
        await Bound.UntilAsync(() =>
        {
            _plane.Time.Advance(CallQuestions.Patience);
            return finding.IsCompleted;
        });
        Assert.Equal(("web/web-1", 0), (Assert.Single((await finding).Silent), (await finding).Sidecars.Count));
    }

    [Fact]
    public async Task No_more_is_gathered_than_a_client_takes()
    {
        var asked = new List<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>>();
        for (var i = 0; i < 4; i++)
        {
            asked.Add(await OpenAsync("web", $"web-{i}"));
        }

        var finding = FindAsync(new CallQuery());
        var large = new SidecarCalls { Calls = { new CallReport { Message = new string('a', 1_000_000) } } };
        foreach (var sidecar in asked)
        {
            await AnswerAsync(sidecar, (await QuestionAsync(sidecar)).Id, large);
        }

        Assert.Equal((3, 1u), ((await finding).Sidecars.Count, (await finding).LeftOut));
    }

    [Theory]
    [InlineData("trace_id", "is no trace id")]
    [InlineData("service", "is not")]
    [InlineData("most", "may be 1000")]
    public async Task What_makes_no_sense_is_said(string field, string what)
    {
        var query = field switch
        {
            "trace_id" => new CallQuery { TraceId = "abc" },
            "service" => new CallQuery { Service = "not a name" },
            _ => new CallQuery { Most = 5000 },
        };
        var error = await Assert.ThrowsAsync<RpcException>(() => FindAsync(query));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains($"query.{field}: ", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(what, error.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<FindCallsResponse> FindAsync(CallQuery query) =>
        await _telemetry.FindCallsAsync(new FindCallsRequest { Query = query }, cancellationToken: Bound.Token());

    private async Task<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>> OpenAsync(string service, string instance)
    {
        var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        _sidecars.Add(call);
        await call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = service, InstanceId = instance } });
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        return call;
    }

    private static Task AnswerAsync(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> sidecar, long id, SidecarCalls calls) =>
        sidecar.RequestStream.WriteAsync(new() { Calls = new CallAnswer { Id = id, Calls = calls } });

    private static async Task<CallQuestion> QuestionAsync(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> sidecar)
    {
        Assert.True(await sidecar.ResponseStream.MoveNext(Bound.Token()));
        return Assert.Single(sidecar.ResponseStream.Current.Questions);
    }
}
