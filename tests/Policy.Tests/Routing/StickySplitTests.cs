using Mesh.Policy.Balancing;
using Mesh.Policy.Balancing.Hashing;
using Mesh.Policy.Routing;

namespace Mesh.Policy.Tests.Routing;

public class StickySplitTests
{
    private const int Callers = 20_000;

    [Theory]
    [InlineData(95, 5)]
    [InlineData(1, 1, 1)]
    [InlineData(50, 30, 20, 0)]
    public void Each_place_gets_its_share_of_the_callers(params int[] weights)
    {
        var places = Places(Split(weights));
        for (var i = 0; i < weights.Length; i++)
        {
            var share = weights[i] / (double)weights.Sum();
            Assert.InRange(places.Count(place => place == i) / (double)Callers, share - 0.015, share + 0.015);
            Assert.True(weights[i] > 0 || !places.Contains(i));
        }
    }

    [Fact]
    public void A_caller_stays_and_a_weight_that_grows_draws_callers_and_moves_no_others()
    {
        int[] before = Places(Split(90, 5, 5)), same = Places(Split(90, 5, 5)), after = Places(Split(90, 5, 20));
        Assert.Equal(before, same);
        Assert.All(before.Zip(after), moved => Assert.True(moved.First == moved.Second || moved.Second == 2));
        Assert.True(before.Zip(after).Count(moved => moved.First != moved.Second) > Callers / 20);
    }

    [Fact]
    public void The_order_of_the_places_does_not_matter()
    {
        BackendOptions[] one = [Of("v1", 60), Of("v2", 40)], other = [Of("v2", 40), Of("v1", 60)];
        Assert.Equal(Places(new StickySplit(On, one, "shop")), Places(new StickySplit(On, other, "shop")).Select(place => 1 - place));
    }

    [Fact]
    public void Two_places_that_are_the_same_have_each_its_share() =>
        Assert.InRange(Places(new StickySplit(On, [Of("v1", 1), Of("v1", 1)], "shop")).Count(place => place == 0), Callers * 0.48, Callers * 0.52);

    [Fact]
    public void A_call_that_has_nothing_to_be_hashed_is_left_to_chance() => Assert.False(Split(1, 1).TryChoose(new TestCall(("x-other", "1")), out _));

    [Fact]
    public void It_allocates_nothing()
    {
        var (split, call) = (Split(95, 5), new TestCall(("cookie", "a=b; session=17")));
        Assert.Equal(0, Allocations.Of(() => split.TryChoose(call, out _)));
    }

    private static System.Collections.Immutable.ImmutableArray<HashOptions> On => [new(HashSource.Header, "x-user"), new(HashSource.Cookie, "session")];

    private static BackendOptions Of(string version, int weight) => new() { Subset = new EndpointSubset(version, []), Weight = weight };

    private static StickySplit Split(params int[] weights) => new(On, [.. weights.Select((weight, i) => Of($"v{i + 1}", weight))], "shop");

    private static int[] Places(StickySplit split) =>
    [
        .. Enumerable.Range(0, Callers).Select(i =>
        {
            Assert.True(split.TryChoose(new TestCall(("x-user", $"user-{i}")), out var index));
            return index;
        }),
    ];
}
