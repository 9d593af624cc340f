using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Tests.Store;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>
/// Whoever waits for the answer to what he has said is not silent: a lease does not run out over a store that is slow, and thousands that
/// register at once are not taken out again for it.
/// </summary>
public sealed class LateStoreTests : IDisposable
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly LateStore _store;
    private readonly RegistryFixture _fixture;

    public LateStoreTests()
    {
        _store = new LateStore(_time);
        _fixture = new RegistryFixture(time: _time, store: _store);
    }

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Who_registers_has_the_whole_lease_from_the_answer_on()
    {
        var stored = new TaskCompletionSource();
        _store.Answers = stored.Task;
        var registering = _fixture.Registry.RegisterAsync(Make.Registration(), new LeaseHolder());
        await HoldsForALeaseAfterAsync(stored, registering);
    }

    [Fact]
    public async Task Who_says_another_status_has_the_whole_lease_from_the_answer_on()
    {
        var holder = _fixture.Register();
        var stored = new TaskCompletionSource();
        _store.Answers = stored.Task;
        var beating = _fixture.Registry.HeartbeatAsync(holder, Make.Heartbeat(ServiceStatus.Unhealthy, "")).AsTask();
        await HoldsForALeaseAfterAsync(stored, beating);
    }

    [Fact]
    public async Task Who_is_gone_meanwhile_goes_a_lease_after_the_answer_at_the_latest()
    {
        var stored = new TaskCompletionSource();
        _store.Answers = stored.Task;
        var holder = new LeaseHolder();
        var registering = _fixture.Registry.RegisterAsync(Make.Registration(), holder);
        _fixture.Registry.Release(holder);
        stored.SetResult();
        await registering;
        _store.Answers = null;
        _fixture.Pass(RegistryFixture.Ttl);
        Assert.Null(_fixture.Find());
    }

    private async Task HoldsForALeaseAfterAsync(TaskCompletionSource stored, Task<RegisterAnswer> saying)
    {
        _fixture.Pass(3 * RegistryFixture.Ttl);
        Assert.NotNull(_fixture.Find());
        stored.SetResult();
        Assert.Equal(RegisterOutcome.Applied, (await saying).Outcome);
        _store.Answers = null;

        _fixture.Pass(RegistryFixture.Ttl - Moment);
        Assert.NotNull(_fixture.Find());
        _fixture.Pass(RegistryFixture.Ttl / 4);
        Assert.Null(_fixture.Find());
    }
}
