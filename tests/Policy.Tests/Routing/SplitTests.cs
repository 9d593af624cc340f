using Mesh.Policy.Routing;

namespace Mesh.Policy.Tests.Routing;

public class SplitTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1, 1)]
    [InlineData(90, 10)]
    [InlineData(0, 1)]
    [InlineData(1, 0, 1)]
    [InlineData(1_000_000, 1)]
    [InlineData(5, 3, 2, 0)]
    public void Each_place_gets_its_share_within_a_percent(params int[] weights)
    {
        const int calls = 100_000;
        var split = new Split(weights);
        var random = new Rng(7);
        var counts = new int[weights.Length];
        for (var i = 0; i < calls; i++)
        {
            counts[split.Choose(ref random)]++;
        }

        for (var i = 0; i < weights.Length; i++)
        {
            var share = weights[i] / (double)weights.Sum();
            Assert.InRange(counts[i] / (double)calls, share - 0.01, share + 0.01);
            Assert.True(weights[i] > 0 || counts[i] == 0);
        }
    }
}
