using Mesh.ControlPlane.Registry;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>A process that did not run has not listened: what it did not hear was perhaps said.</summary>
public sealed class StallTests : IDisposable
{
    private readonly RegistryFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void After_a_stall_longer_than_the_ttl_every_lease_has_its_time_again()
    {
        var holders = Enumerable.Range(0, 5).Select(i => _fixture.Register(Make.Registration(id: $"i{i}"))).ToList();
        _fixture.Time.Advance(3 * RegistryFixture.Ttl);
        Assert.Equal(5, _fixture.Registry.State.InstanceCount);

        // Those who are heard of stay; those who are not go, a TTL after the stall.
        _fixture.Heartbeat(holders[0]);
        _fixture.Pass(RegistryFixture.Ttl / 2);
        _fixture.Heartbeat(holders[0]);
        Assert.Equal(5, _fixture.Registry.State.InstanceCount);
        _fixture.Pass(RegistryFixture.Ttl / 2);
        Assert.Equal(["i0"], _fixture.Registry.State.Services["orders"].Instances.Keys);
    }

    [Fact]
    public void When_the_clock_is_a_little_late_what_lies_unread_is_read_before_a_lease_runs_out()
    {
        var heard = _fixture.Register(Make.Registration(id: "heard"));
        _fixture.Register(Make.Registration(id: "silent"));
        _fixture.Time.Advance(RegistryFixture.Ttl + TimeSpan.FromMilliseconds(500));
        Assert.Equal(RegisterOutcome.Applied, _fixture.Heartbeat(heard));
        _fixture.Pass(RegistryFixture.Ttl / 10);
        Assert.Equal(["heard"], _fixture.Registry.State.Services["orders"].Instances.Keys);
    }

    [Fact]
    public void A_clock_that_is_always_a_little_late_delays_the_end_and_does_not_put_it_off()
    {
        _fixture.Register();
        for (var i = 0; i < 40 && _fixture.Find() is not null; i++)
        {
            _fixture.Time.Advance(TimeSpan.FromMilliseconds(330));
        }

        Assert.Null(_fixture.Find());
        Assert.True(_fixture.Time.GetUtcNow() - new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero) < 1.2 * RegistryFixture.Ttl);
    }
}
