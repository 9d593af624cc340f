using Grpc.Core;
using Mesh.ControlPlane.Streams;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Api;

/// <summary>What sidecars have made of a configuration, as whoever has applied it is told.</summary>
public sealed class ReceiptTests : IAsyncLifetime
{
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await TestPlane.StartAsync(Make.Undamped);

    public async Task DisposeAsync() => await _plane.DisposeAsync();

    [Fact]
    public async Task Each_sidecar_has_applied_it_has_rejected_it_or_has_not_answered_yet()
    {
        await ApplyAsync(attempts: 2);
        using var quick = await ConnectAsync("quick", "orders");
        using var stubborn = await ConnectAsync("stubborn", "orders");
        using var silent = await ConnectAsync("silent", "orders");
        using var unconcerned = await ConnectAsync("unconcerned", "users");
        Assert.Equal((1, 3u, 0u), Counts(await ReadAsync()));

        await AnswerAsync(quick, version: 1);
        await AnswerAsync(stubborn, version: 1);
        await UntilAppliedAsync(2);
        await ApplyAsync(attempts: 3);
        await AnswerAsync(quick, version: 2);
        await AnswerAsync(stubborn, version: 2, "I do not like it");
        await UntilAppliedAsync(1);

        await Bound.UntilAsync(async () => (await ReadAsync()).Receipts.Any(receipt => receipt.Error.Length != 0));
        var receipts = await ReadAsync();
        Assert.Equal((2, 3u, 1u), Counts(receipts));
        Assert.Equal(
            [("web/stubborn", 1, "I do not like it"), ("web/silent", 0, "")],
            receipts.Receipts.Select(receipt => (receipt.Sidecar, receipt.Applied, receipt.Error)));
    }

    [Fact]
    public async Task A_sidecar_that_comes_back_with_the_version_has_it()
    {
        await ApplyAsync(attempts: 2);
        var storeId = "";
        using (var call = await ConnectAsync("web-1", "orders"))
        {
            storeId = call.ResponseStream.Current.StoreId;
        }

        await Bound.UntilAsync(async () => (await ReadAsync()).Concerned == 0);
        using var again = await ConnectAsync("web-1");
        await again.RequestStream.WriteAsync(new()
        {
            Subscribe = new Subscribe { Services = { "orders" }, StoreId = storeId, Known = { new ResourceVersion { Kind = "policy", Name = "orders", Version = 1 } } },
        });
        await UntilAppliedAsync(1);
    }

    [Fact]
    public async Task A_deletion_is_a_version_to_be_applied_as_well()
    {
        await ApplyAsync(attempts: 2);
        using var call = await ConnectAsync("web-1", "orders");
        await AnswerAsync(call, version: 1);
        await UntilAppliedAsync(1);
        await _plane.Config.DeleteAsync(new() { Service = "orders" });
        Assert.Equal((2, 1u, 0u), Counts(await ReadAsync()));
        await AnswerAsync(call, version: 2);
        await UntilAppliedAsync(1);
    }

    [Fact]
    public async Task What_there_never_was_has_no_receipts()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => ReadAsync());
        Assert.Equal((StatusCode.NotFound, "service 'orders' has no configuration"), (refused.StatusCode, refused.Status.Detail));
        var unclear = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Config.ListReceiptsAsync(new() { Service = "orders", Kind = "limits" }));
        Assert.Equal((StatusCode.InvalidArgument, "kind: 'limits' is not one of policy, inbound"), (unclear.StatusCode, unclear.Status.Detail));
    }

    private static (long, uint, uint) Counts(ListReceiptsResponse receipts) => (receipts.Version, receipts.Concerned, receipts.Applied);

    private async Task ApplyAsync(uint attempts) => await _plane.Config.ApplyAsync(new() { Resources = { Make.Config("orders", attempts) } });

    private async Task<ListReceiptsResponse> ReadAsync() => await _plane.Config.ListReceiptsAsync(new() { Service = "orders" });

    private Task UntilAppliedAsync(uint count) => Bound.UntilAsync(async () => (await ReadAsync()).Applied == count);

    private async Task<AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse>> ConnectAsync(string instance, params string[] services)
    {
        var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = "web", InstanceId = instance } });
        Assert.True(await call.ResponseStream.MoveNext(Bound.Token()));
        if (services.Length != 0)
        {
            await call.RequestStream.WriteAsync(new() { Subscribe = new Subscribe { Services = { services } } });
            await Bound.UntilAsync(async () => services[0] != "orders" || (await ReadAsync()).Receipts.Any(receipt => receipt.Sidecar == $"web/{instance}"));
        }

        return call;
    }

    /// <summary>Reads until the version has come, and answers that.</summary>
    private async Task AnswerAsync(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call, long version, string? error = null)
    {
        while (true)
        {
            var next = call.ResponseStream.MoveNext(Bound.Token());
            await Bound.UntilAsync(() =>
            {
                _plane.Time.Advance(next.IsCompleted ? TimeSpan.Zero : Pace.Shortest);
                return next.IsCompleted;
            });
            Assert.True(await next);
            var response = call.ResponseStream.Current;
            var ack = new Ack { Nonce = response.Nonce };
            var isIt = response.Resources.Any(resource => resource.Kind == "policy" && resource.Version == version);
            if (isIt && error is not null)
            {
                ack.Rejected.Add(new V1.RejectedResource { Kind = "policy", Name = "orders", Error = error });
            }

            await call.RequestStream.WriteAsync(new() { Ack = ack });
            if (isIt)
            {
                return;
            }
        }
    }
}
