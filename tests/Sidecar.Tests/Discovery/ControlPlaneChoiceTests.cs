using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class ControlPlaneChoiceTests
{
    private static readonly Uri[] Urls = [new("http://10.0.0.1:15010"), new("http://10.0.0.2:15010"), new("http://10.0.0.3:15010")];

    [Fact]
    public void Sidecars_spread_over_all_and_each_ranks_them_the_same_again()
    {
        var first = Enumerable.Range(0, 3000).Select(i => new ControlPlaneChoice(Urls, $"orders/orders-{i}", new StoreGuard()).Best).ToList();
        Assert.All(Urls, url => Assert.InRange(first.Count(best => best == url), 850, 1150));
        Assert.Equal(first, Enumerable.Range(0, 3000).Select(i => new ControlPlaneChoice([.. Urls.Reverse()], $"orders/orders-{i}", new StoreGuard()).Best));
    }

    [Fact]
    public void One_that_goes_by_another_store_is_never_tried()
    {
        var stores = new StoreGuard();
        var choice = new ControlPlaneChoice(Urls, "orders/orders-1", stores);
        stores.Admit(Urls[0], "ours", out _);
        stores.Admit(choice.Best == Urls[0] ? Urls[1] : choice.Best, "theirs", out _);
        var refused = stores.Refused[0].Key;
        Assert.DoesNotContain(refused, choice.InOrder);
        Assert.NotEqual(refused, choice.Best);
        Assert.Equal(2, choice.InOrder.Count);
    }

    [Fact]
    public void Where_there_is_a_registration_a_better_one_is_used_once_it_has_taken_that()
    {
        var choice = new ControlPlaneChoice(Urls, "", new StoreGuard());
        choice.HasRegistrar();
        var changed = choice.Changed;
        choice.Suggest(Urls[2]);
        Assert.True(changed.IsCompleted);
        Assert.Equal((Urls[0], Urls[2]), (choice.Current, choice.Wanted));
        choice.Decline(Urls[2]);
        Assert.Equal((Urls[0], Urls[0]), (choice.Current, choice.Wanted));
        choice.Suggest(Urls[2]);
        choice.MoveTo(Urls[2]);
        Assert.Equal((Urls[2], Urls[2]), (choice.Current, choice.Wanted));
        Assert.Equal([Urls[2], Urls[0], Urls[1]], choice.InOrder);
    }

    [Fact]
    public void A_pure_client_moves_at_once()
    {
        var choice = new ControlPlaneChoice(Urls, "", new StoreGuard());
        choice.Suggest(Urls[1]);
        Assert.Equal(Urls[1], choice.Current);
    }

    [Fact]
    public void Nobody_is_believed_who_knows_less_of_the_same_store_but_the_one_who_said_it()
    {
        var newest = new NewestState();
        Assert.Null(newest.WhyBehind(Urls[0], "store", 5));
        newest.OnHeard(Urls[0], "store", 7);
        Assert.Equal("it is behind: it knows revision 6 of the store, and we 7", newest.WhyBehind(Urls[1], "store", 6));
        Assert.Null(newest.WhyBehind(Urls[1], "store", 7));
        Assert.Null(newest.WhyBehind(Urls[1], "another", 1));
        Assert.Null(newest.WhyBehind(Urls[0], "store", 3));
        Assert.Equal(("store", 7L), newest.Current);
    }
}
