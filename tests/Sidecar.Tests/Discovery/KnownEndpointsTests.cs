using Mesh.Sidecar.Discovery;
using Mesh.V1;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class KnownEndpointsTests
{
    private readonly KnownEndpoints _known = new();

    [Fact]
    public void Silence_after_a_reconnect_takes_no_instance_away()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        _known.OnReconnected();
        Say();
        Assert.Equal(["a", "b"], InForce());
        Say(("b", "10.0.0.2:80"));
        Assert.Equal(["a", "b"], InForce());
    }

    [Fact]
    public void An_instance_that_was_named_again_and_then_left_out_is_gone()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        _known.OnReconnected();
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
        _known.OnReconnected();
        Say(("a2", "10.0.0.1:80"));
        Assert.Equal(["a2"], InForce());
        Assert.False(_known.HasUnconfirmed);
    }

    [Fact]
    public void An_instance_that_comes_back_elsewhere_is_not_kept_at_the_old_address()
    {
        Say(("a", "10.0.0.1:80"));
        _known.OnReconnected();
        Say(("a", "10.0.0.9:80"));
        Assert.Equal("10.0.0.9:80", Assert.Single(_known.InForce("users")).Address);
    }

    [Fact]
    public void When_the_time_is_up_only_what_was_named_remains()
    {
        Say(("a", "10.0.0.1:80"), ("b", "10.0.0.2:80"));
        _known.OnReconnected();
        Say(("b", "10.0.0.2:80"));
        Assert.Equal("users", Assert.Single(_known.DropUnconfirmed()).Service);
        Assert.Equal(["b"], InForce());
    }

    [Fact]
    public void A_second_reconnect_keeps_what_the_first_had_kept()
    {
        Say(("a", "10.0.0.1:80"));
        _known.OnReconnected();
        Say();
        _known.OnReconnected();
        Say();
        Assert.Equal(["a"], InForce());
    }

    private IEnumerable<string> InForce() => _known.InForce("users").Select(e => e.Id).Order(StringComparer.Ordinal);

    private void Say(params (string Id, string Address)[] endpoints)
    {
        var said = new ServiceEndpoints { Service = "users" };
        said.Endpoints.Add(endpoints.Select(e => new Endpoint { Id = e.Id, Address = e.Address }));
        _known.Say(said);
    }
}
