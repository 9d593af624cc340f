using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class StoreGuardTests
{
    private static readonly Uri A = new("http://a:1");
    private static readonly Uri B = new("http://b:1");

    private readonly StoreGuard _guard = new();

    [Fact]
    public void The_store_of_the_first_that_answers_is_ours_and_others_may_share_it()
    {
        Assert.Equal(Admission.Admitted, _guard.Admit(A, "one", out _));
        Assert.Equal(Admission.Admitted, _guard.Admit(B, "one", out _));
        Assert.Equal("one", _guard.Store);
        Assert.Empty(_guard.Refused);
    }

    [Fact]
    public void One_with_another_store_is_refused_and_news_only_once()
    {
        _guard.Admit(A, "one", out _);
        Assert.Equal(Admission.Refused, _guard.Admit(B, "two", out var isNews));
        Assert.True(isNews);
        Assert.Equal(Admission.Refused, _guard.Admit(B, "two", out isNews));
        Assert.False(isNews);
        Assert.True(_guard.IsRefused(B));
        Assert.Equal(KeyValuePair.Create(B, "two"), Assert.Single(_guard.Refused));
    }

    [Fact]
    public void One_that_comes_to_share_our_store_is_taken()
    {
        _guard.Admit(A, "one", out _);
        _guard.Admit(B, "two", out _);
        Assert.Equal(Admission.Admitted, _guard.Admit(B, "one", out _));
        Assert.False(_guard.IsRefused(B));
    }

    [Fact]
    public void Ours_may_begin_anew_and_the_others_are_judged_by_its_new_store()
    {
        _guard.Admit(A, "one", out _);
        _guard.Admit(B, "two", out _);
        Assert.Equal(Admission.Replaced, _guard.Admit(A, "two", out _));
        Assert.Empty(_guard.Refused);
        Assert.Equal(Admission.Admitted, _guard.Admit(B, "two", out _));
        Assert.Equal(Admission.Replaced, _guard.Admit(A, "three", out _));
        Assert.Equal(Admission.Refused, _guard.Admit(B, "two", out _));
    }
}
