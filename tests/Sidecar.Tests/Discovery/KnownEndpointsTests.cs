using Mesh.Sidecar.Discovery.Kinds;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class KnownEndpointsTests
{
    private readonly KnownEndpoints _known = new();
    private TimeSpan _now;
    private Origin _origin = new("a", 1);

    [Fact]
    public void Silence_after_a_reconnect_takes_no_instance_away()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        Reconnect("b", 1);
        Say();
        Assert.Equal(["a", "b"], InForce());
        Say(("b", "10.0.0.2:80"));
        Assert.Equal(["a", "b"], InForce());
    }

    [Fact]
    public void An_instance_that_was_named_again_and_then_left_out_is_gone()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        Reconnect("b", 1);
        Say(("a", "10.0.0.1:80"));
        Say();
        Assert.Equal(["b"], InForce());
    }

    [Fact]
    public void Without_a_reconnect_what_is_left_out_is_gone()
    {
        Say(("a", "10.0.0.1:80"));
        Say();
        Assert.Empty(InForce());
    }

    [Fact]
    public void An_address_that_has_a_new_instance_is_not_kept_twice()
    {
        Say(("a", "10.0.0.1:80"));
        Reconnect("b", 1);
        Say(("a2", "10.0.0.1:80"));
        Assert.Equal(["a2"], InForce());
        Assert.False(_known.HasUnconfirmed("users"));
    }

    [Fact]
    public void An_instance_that_comes_back_elsewhere_is_not_kept_at_the_old_address()
    {
        Say(("a", "10.0.0.1:80"));
        Reconnect("b", 1);
        Say(("a", "10.0.0.9:80"));
        Assert.Equal("10.0.0.9:80", Assert.Single(_known.InForce("users")).Address);
    }

    [Fact]
    public void When_the_time_is_up_only_what_was_named_remains()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        Reconnect("b", 1);
        Say(("b", "10.0.0.2:80"));
        Assert.Equal("users", Assert.Single(_known.DropUnconfirmed(_now)).Service);
        Assert.Equal(["b"], InForce());
    }

    [Fact]
    public void A_second_reconnect_keeps_what_the_first_had_kept_and_gives_it_no_more_time()
    {
        Say(("a", "10.0.0.1:80"));
        Reconnect("b", 1);
        Say();
        _now = TimeSpan.FromSeconds(8);
        Reconnect("c", 1);
        Say();
        Assert.Equal(["a"], InForce());
        Assert.Equal(TimeSpan.Zero, _known.UnconfirmedSince);
    }

    [Fact]
    public void A_control_plane_that_knows_all_that_the_former_knew_is_believed_at_once()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        Reconnect("a", 1);
        Say(("b", "10.0.0.2:80"));
        Assert.Equal(["b"], InForce());
    }

    [Fact]
    public void One_with_an_older_state_of_the_same_store_is_not()
    {
        _origin = new Origin("a", 5);
        Say(("a", "10.0.0.1:80"));
        Reconnect("a", 4);
        Say();
        Assert.Equal(["a"], InForce());
    }

    [Fact]
    public void What_nothing_was_said_of_yet_holds_however_long_that_takes()
    {
        Say(("a", "10.0.0.1:80"));
        Reconnect("b", 1);
        Assert.Null(_known.UnconfirmedSince);
        Assert.Empty(_known.DropUnconfirmed(TimeSpan.MaxValue));
        Assert.Equal(["a"], InForce());
    }

    [Fact]
    public void What_is_kept_though_it_is_not_named_is_bounded()
    {
        for (var stream = 0; stream < 5; stream++)
        {
            Say([.. Enumerable.Range(0, 4000).Select(i => ($"{stream}-{i}", $"10.{stream}.{i / 250}.{i % 250}:80"))]);
            Reconnect($"{stream}", 1);
        }

        Assert.Equal(KnownEndpoints.MostUnconfirmed, _known.InForce("users").Count);
    }

    private IEnumerable<string> InForce() => _known.InForce("users").Select(e => e.Id).Order(StringComparer.Ordinal);

    private void Say(params (string Id, string Address)[] endpoints)
    {
        List<Endpoint> said = [.. endpoints.Select(e => new Endpoint { Id = e.Id, Address = e.Address })];
        _known.Say(new SaidEndpoints("users", 1, IsKnown: true, said, _origin));
    }

    private void Reconnect(string store, long revision)
    {
        _known.OnConnected(_now);
        _origin = new Origin(store, revision);
    }
}
