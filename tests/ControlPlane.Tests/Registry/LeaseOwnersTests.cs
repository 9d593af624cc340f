using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Replicas;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>Which of several control planes ends a lease that has run out, and when.</summary>
public sealed class LeaseOwnersTests
{
    private static readonly RegistryOptions Options = new() { LeaseTtl = TimeSpan.FromSeconds(10), OrphanShare = 0.2, OrphansAtOnce = 20 };
    private static readonly TimeSpan Now = TimeSpan.FromSeconds(100);

    [Fact]
    public void One_of_ours_ends_at_once() => Assert.Null(Postponed(new LeaseOwner(LeaseOwnerStanding.Ours)));

    [Fact]
    public void None_ends_while_the_store_is_out_of_reach() =>
        Assert.Equal(Now + Options.LeaseTtl, Postponed(new LeaseOwner(LeaseOwnerStanding.Unknown)));

    [Fact]
    public void One_of_another_is_looked_at_again_soon_since_it_may_become_nobodys() =>
        Assert.Equal(Now + TimeSpan.FromSeconds(2.5), Postponed(new LeaseOwner(LeaseOwnerStanding.AnothersBusiness)));

    [Theory]
    [InlineData(0, 10)]
    [InlineData(4, 6)]
    [InlineData(9.999, 0.001)]
    public void One_that_is_nobodys_has_a_ttl_to_register_elsewhere(double goneFor, double left) =>
        Assert.Equal(Now + TimeSpan.FromSeconds(left), Postponed(new LeaseOwner(LeaseOwnerStanding.Gone, TimeSpan.FromSeconds(goneFor))));

    [Fact]
    public void One_that_is_nobodys_for_a_ttl_ends() =>
        Assert.Null(Postponed(new LeaseOwner(LeaseOwnerStanding.Gone, Options.LeaseTtl)));

    [Theory]
    [InlineData(10, 20)]
    [InlineData(100, 20)]
    [InlineData(101, 21)]
    [InlineData(1000, 200)]
    public void Of_those_that_are_nobodys_a_share_ends_in_a_ttl_and_the_rest_later(int instances, int share)
    {
        var owners = new LeaseOwners(_ => new LeaseOwner(LeaseOwnerStanding.Gone, Options.LeaseTtl), Options, () => instances);
        for (var period = 0; period < 3; period++)
        {
            var now = Now + (period * Options.LeaseTtl);
            for (var i = 0; i < share; i++)
            {
                Assert.Null(owners.Postponed(new Lease("echo", $"{period}-{i}"), now + TimeSpan.FromMilliseconds(i)));
            }

            Assert.Equal(now + Options.LeaseTtl, owners.Postponed(new Lease("echo", "one more"), now + TimeSpan.FromSeconds(9)));
        }
    }

    [Fact]
    public void While_others_of_the_same_control_plane_come_back_it_is_waited_for_but_not_for_good()
    {
        var goneFor = 2 * Options.LeaseTtl;
        var owners = new LeaseOwners(_ => new LeaseOwner(LeaseOwnerStanding.Gone, goneFor), Options, () => 100);
        var lease = new Lease("echo", "echo-1") { Owner = "lost" };
        owners.Follow("lost", "us", Now);
        Assert.Equal(Now + Options.LeaseTtl, owners.Postponed(lease, Now + TimeSpan.FromSeconds(3)));
        Assert.Null(owners.Postponed(new Lease("echo", "echo-2") { Owner = "another" }, Now + TimeSpan.FromSeconds(3)));
        owners.Follow("lost", "us", Now + TimeSpan.FromSeconds(9));
        Assert.Equal(Now + TimeSpan.FromSeconds(19), owners.Postponed(lease, Now + Options.LeaseTtl));
        goneFor = 6 * Options.LeaseTtl;
        Assert.Null(owners.Postponed(lease, Now + Options.LeaseTtl));
        goneFor = 3 * Options.LeaseTtl;
        Assert.Null(owners.Postponed(lease, Now + TimeSpan.FromSeconds(19)));
    }

    [Theory]
    [InlineData(60, 40, true)]
    [InlineData(40, 60, false)]
    [InlineData(20, 0, false)]
    [InlineData(21, 0, true)]
    public void While_most_are_nobodys_it_is_waited_for_as_well(int nobodys, int ours, bool waits)
    {
        var goneFor = Options.LeaseTtl;
        var owners = new LeaseOwners(
            owner => owner == "us" ? new LeaseOwner(LeaseOwnerStanding.Ours) : new LeaseOwner(LeaseOwnerStanding.Gone, goneFor), Options, () => nobodys + ours);
        for (var i = 0; i < nobodys + ours; i++)
        {
            owners.Follow("", i < nobodys ? "lost" : "us", Now);
        }

        var lease = new Lease("echo", "echo-1") { Owner = "lost" };
        Assert.Equal(waits ? Now + TimeSpan.FromSeconds(2.5) : null, owners.Postponed(lease, Now));
        goneFor = 6 * Options.LeaseTtl;
        Assert.Null(owners.Postponed(lease, Now));
    }

    [Fact]
    public void Those_that_were_removed_are_not_counted_any_more()
    {
        var owners = new LeaseOwners(_ => new LeaseOwner(LeaseOwnerStanding.Gone, Options.LeaseTtl), Options, () => 22);
        for (var i = 0; i < 22; i++)
        {
            owners.Follow("", "lost", Now);
        }

        owners.Follow("lost", "", Now);
        Assert.NotNull(owners.Postponed(new Lease("echo", "echo-1") { Owner = "lost" }, Now));
        owners.Follow("lost", "", Now);
        Assert.Null(owners.Postponed(new Lease("echo", "echo-1") { Owner = "lost" }, Now));
    }

    [Fact]
    public void What_came_back_to_a_hundred_others_is_forgotten_and_not_kept()
    {
        var owners = new LeaseOwners(_ => new LeaseOwner(LeaseOwnerStanding.Gone, Options.LeaseTtl), Options, () => 100);
        for (var i = 0; i <= 100; i++)
        {
            owners.Follow($"lost-{i}", "us", Now + TimeSpan.FromMilliseconds(i));
        }

        Assert.Null(owners.Postponed(new Lease("echo", "echo-1") { Owner = "lost-0" }, Now));
        Assert.NotNull(owners.Postponed(new Lease("echo", "echo-1") { Owner = "lost-1" }, Now));
    }

    [Fact]
    public void Those_of_ours_are_not_counted_among_the_share()
    {
        var owners = new LeaseOwners(
            owner => owner == "us" ? new LeaseOwner(LeaseOwnerStanding.Ours) : new LeaseOwner(LeaseOwnerStanding.Gone, Options.LeaseTtl), Options, () => 0);
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(owners.Postponed(new Lease("echo", $"ours-{i}") { Owner = "us" }, Now));
        }

        Assert.Null(owners.Postponed(new Lease("echo", "nobodys"), Now));
    }

    private static TimeSpan? Postponed(LeaseOwner owner) => new LeaseOwners(_ => owner, Options, () => 100).Postponed(new Lease("echo", "echo-1"), Now);
}
