using System.Numerics;

namespace Mesh.Policy.Tests;

public class RngTests
{
    [Fact]
    public void The_sequence_is_that_of_the_reference_implementation()
    {
        // splitmix64 of seed 0 fills the state with e220a8397b1dcdaf, 6e789e6aa1b965f4, 06c45d188009454f, f88bb8a8724c81ec;
        // xoshiro256** then gives rotl(s1 * 5, 7) * 9 first.
        var rng = new Rng(0);
        var expected = unchecked(BitOperations.RotateLeft(0x6e789e6aa1b965f4UL * 5, 7) * 9);
        Assert.Equal(expected, rng.NextUInt64());
    }

    [Fact]
    public void The_same_seed_replays_and_another_does_not()
    {
        var a = new Rng(7);
        var b = new Rng(7);
        var c = new Rng(8);
        for (var i = 0; i < 100; i++)
        {
            var value = a.NextUInt64();
            Assert.Equal(value, b.NextUInt64());
            Assert.NotEqual(value, c.NextUInt64());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(int.MaxValue)]
    public void Integers_stay_below_their_bound(int bound)
    {
        var rng = new Rng(1);
        for (var i = 0; i < 10_000; i++)
        {
            Assert.InRange(rng.NextInt(bound), 0, bound - 1);
        }
    }

    [Fact]
    public void Integers_and_doubles_are_even()
    {
        var rng = new Rng(2);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
        {
            counts[rng.NextInt(10)]++;
            counts[(int)(rng.NextDouble() * 10)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 19_400, 20_600));
    }
}
