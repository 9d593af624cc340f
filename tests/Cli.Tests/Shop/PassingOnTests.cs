using System.Net;
using Grpc.Core;
using Mesh.Cli.Load;
using Mesh.Cli.Processes;
using Mesh.Demo.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Mesh.Cli.Tests.Shop;

/// <summary>What a service hands on when it calls another, seen from the one that is called.</summary>
public sealed class PassingOnTests : IAsyncLifetime
{
    private readonly TaskCompletionSource<IHeaderDictionary> _headers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _users = null!;
    private ChildProcess _payments = null!;
    private ServiceChannels _channels = null!;

    [Fact]
    public async Task A_trace_goes_on_and_keeps_its_sampling()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        using var call = Charge(new Metadata { { "traceparent", $"00-{trace}-b7ad6b7169203331-01" } });
        var parent = (await _headers.Task.WaitAsync(Built.Limit))["traceparent"].ToString();
        Assert.StartsWith($"00-{trace}-", parent, StringComparison.Ordinal);
        Assert.EndsWith("-01", parent, StringComparison.Ordinal);
        Assert.DoesNotContain("b7ad6b7169203331", parent);
    }

    [Fact]
    public async Task The_deadline_goes_along()
    {
        using var call = Charge([]);
        Assert.NotEmpty((await _headers.Task.WaitAsync(Built.Limit))["grpc-timeout"].ToString());
    }

    [Fact]
    public async Task A_caller_that_gives_up_ends_the_call_behind_it()
    {
        using (var call = Charge([]))
        {
            await _headers.Task.WaitAsync(Built.Limit);
        }

        await _aborted.Task.WaitAsync(Built.Limit);
    }

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(server => server.Listen(IPAddress.Loopback, 0, listener => listener.Protocols = HttpProtocols.Http2));
        _users = builder.Build();
        _users.Run(HoldAsync);
        await _users.StartAsync();
        var address = _users.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        _payments = ChildProcess.Start(
            "payments", Built.Executable("mesh-demo"), ["payments", "--listen", "127.0.0.1:0"], [KeyValuePair.Create("USERS_ADDRESS", address)]);
        await _payments.ReadyAsync(Built.Limit, default);
        _channels = ServiceChannels.Direct(new Dictionary<string, string> { ["payments"] = _payments.Listener("grpc") });
    }

    public async Task DisposeAsync()
    {
        _channels.Dispose();
        await _payments.DisposeAsync();
        await _users.DisposeAsync();
    }

    // Answers nothing: the call lasts until its caller ends it.
    private async Task HoldAsync(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        _headers.TrySetResult(context.Request.Headers);
        await aborted.Task;
        _aborted.TrySetResult();
    }

    private AsyncUnaryCall<Payment> Charge(Metadata headers) =>
        new Payments.PaymentsClient(_channels.To("payments")).ChargeAsync(
            new ChargeRequest { UserId = "u-1", OrderId = "o-1", AmountCents = 1 },
            new CallOptions(headers, TimeProvider.System.GetUtcNow().UtcDateTime + Built.Limit));
}
