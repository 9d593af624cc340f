using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Tests.Api;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Trust;

/// <summary>The anchor is replaced while sidecars are connected: step by step, and never before all are as far.</summary>
public sealed class RotationTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-trust").FullName;
    private TestPlane _plane = null!;

    public async Task InitializeAsync() => _plane = await StartAsync();

    public async Task DisposeAsync()
    {
        await _plane.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Each_step_waits_for_every_sidecar_and_names_those_it_waits_for()
    {
        using var one = await ConnectAsync("orders-1");
        using var two = await ConnectAsync("orders-2");
        var first = one.Bundle.IssuingAnchor;

        Assert.Equal(RotationPhase.Preparing, (await _plane.Trust.RotateAsync(new())).Phase);
        Assert.Contains("2 of 2 sidecars are not as far: orders/orders-1 has not taken the anchors yet", await RefusedAsync(), StringComparison.Ordinal);
        Assert.Equal((2, first), ((await one.NextAsync()).Anchors.Count, one.Bundle.IssuingAnchor));
        Assert.Contains("1 of 2 sidecars are not as far: orders/orders-2", await RefusedAsync(waiting: 1), StringComparison.Ordinal);
        await two.NextAsync();

        Assert.Equal(RotationPhase.Moving, (await RotateAsync()).Phase);
        await one.NextAsync();
        await two.NextAsync();
        Assert.NotEqual(first, one.Bundle.IssuingAnchor);
        await one.Joiner.RenewAsync();
        Assert.Contains("orders/orders-2 has a certificate of the other anchor still", await RefusedAsync(waiting: 1), StringComparison.Ordinal);
        var former = two.Joiner.Held!;
        await two.Joiner.RenewAsync();

        Assert.Equal(RotationPhase.Leaving, (await RotateAsync()).Phase);
        await one.NextAsync();
        Assert.Single((await two.NextAsync()).Anchors);
        Assert.True(one.Joiner.IsBelievedBy(two.Bundle, _plane.Time.GetUtcNow()));
        Assert.Equal(RotationPhase.Unspecified, (await RotateAsync()).Phase);
        Assert.NotEqual(first, Assert.Single((await _plane.Trust.GetTrustAsync(new())).Anchors).Id);
        Assert.DoesNotContain(former.Bundle.Anchors[0], two.Bundle.Anchors);
    }

    [Fact]
    public async Task One_that_is_away_is_waited_for_until_it_is_revoked_or_its_certificate_is_over()
    {
        using (var away = await ConnectAsync("orders-1"))
        {
        }

        await Bound.UntilAsync(async () => (await _plane.Trust.GetTrustAsync(new() { Here = true })).Connected.Count == 0);
        await _plane.Trust.RotateAsync(new());
        Assert.Contains("orders/orders-1 is not connected", await RefusedAsync(), StringComparison.Ordinal);
        await _plane.Trust.RevokeCertificatesAsync(new() { Service = "orders", InstanceId = "orders-1" });
        Assert.Equal(RotationPhase.Moving, (await RotateAsync()).Phase);
        Assert.Equal(RotationPhase.Moving, (await _plane.Trust.UndoRotationAsync(new())).Phase);
    }

    [Fact]
    public async Task A_rotation_goes_on_after_a_restart_and_so_does_the_authority()
    {
        var token = (await _plane.Trust.CreateTokenAsync(new() { Service = "orders", Uses = 2 })).Token;
        using var before = new Joiner(_plane.Identity, "orders", "orders-1");
        await before.JoinAsync(token);
        var status = await _plane.Trust.RotateAsync(new());
        await _plane.DisposeAsync();
        _plane = await StartAsync();

        var after = await _plane.Trust.GetTrustAsync(new());
        Assert.Equal((RotationPhase.Preparing, status.Version), (after.Phase, after.Version));
        Assert.Equal(status.Anchors, after.Anchors);
        using var joiner = new Joiner(_plane.Identity, "orders", "orders-2");
        var joined = await joiner.JoinAsync(token);
        Assert.True(before.IsBelievedBy(joined.Bundle, _plane.Time.GetUtcNow()));
        var undone = await _plane.Trust.UndoRotationAsync(new());
        Assert.Equal((RotationPhase.Unspecified, 1), (undone.Phase, undone.Anchors.Count));
    }

    [Fact]
    public void The_file_with_the_keys_is_its_owners_alone()
    {
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(_folder, "mesh.db*").Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    [Fact]
    public async Task The_issuer_is_renewed_in_time_and_nobody_has_to_learn_it()
    {
        var token = (await _plane.Trust.CreateTokenAsync(new() { Service = "orders", Uses = 2, Ttl = Duration.FromTimeSpan(TimeSpan.FromDays(365)) })).Token;
        using var early = new Joiner(_plane.Identity, "orders", "orders-1");
        var first = await early.JoinAsync(token);
        _plane.Time.Advance(TimeSpan.FromDays(61));
        using var late = new Joiner(_plane.Identity, "orders", "orders-2");
        var second = await late.JoinAsync(token);

        Assert.NotEqual(first.Chain[1], second.Chain[1]);
        Assert.True(late.IsBelievedBy(first.Bundle, _plane.Time.GetUtcNow()));
    }

    private Task<TestPlane> StartAsync() => TestPlane.StartAsync(Make.Undamped, store: new StoreOptions { Path = Path.Combine(_folder, "mesh.db") });

    /// <summary>Once all are as far.</summary>
    private async Task<TrustStatus> RotateAsync()
    {
        await Bound.UntilAsync(async () => (await _plane.Trust.GetTrustAsync(new())).Waiting == 0);
        return await _plane.Trust.RotateAsync(new());
    }

    private async Task<string> RefusedAsync(int? waiting = null)
    {
        await Bound.UntilAsync(async () => waiting is null || (await _plane.Trust.GetTrustAsync(new())).Waiting == waiting);
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _plane.Trust.RotateAsync(new()));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        return refused.Status.Detail;
    }

    private async Task<Connected> ConnectAsync(string instance)
    {
        var token = (await _plane.Trust.CreateTokenAsync(new() { Service = "orders" })).Token;
        var joiner = new Joiner(_plane.Identity, "orders", instance);
        await joiner.JoinAsync(token);
        var call = _plane.Discovery.Connect(cancellationToken: Bound.Token());
        await call.RequestStream.WriteAsync(new() { Hello = new Hello { Service = "orders", InstanceId = instance, Trust = true } });
        var connected = new Connected(call, joiner, _plane);
        await connected.NextAsync();
        return connected;
    }

    /// <summary>A sidecar that is connected, and takes each bundle that it is sent.</summary>
    private sealed class Connected(AsyncDuplexStreamingCall<DiscoveryRequest, DiscoveryResponse> call, Joiner joiner, TestPlane plane) : IDisposable
    {
        public Joiner Joiner => joiner;

        public TrustBundle Bundle { get; private set; } = new();

        public async Task<TrustBundle> NextAsync()
        {
            while (true)
            {
                var moved = call.ResponseStream.MoveNext(Bound.Token());
                while (!moved.IsCompleted)
                {
                    // What comes close after another waits for the clock.
                    plane.Time.Advance(Pace.Shortest);
                    await Task.WhenAny(moved, Task.Delay(1, CancellationToken.None));
                }

                Assert.True(await moved);
                var response = call.ResponseStream.Current;
                if (response.Resources.SingleOrDefault() is { } resource)
                {
                    Assert.Equal(("trust", "mesh"), (resource.Kind, resource.Name));
                    Bundle = TrustBundle.Parser.ParseFrom(resource.Body);
                    await call.RequestStream.WriteAsync(new() { Ack = new Ack { Nonce = response.Nonce } });
                    return Bundle;
                }
            }
        }

        public void Dispose()
        {
            call.Dispose();
            joiner.Dispose();
        }
    }
}
