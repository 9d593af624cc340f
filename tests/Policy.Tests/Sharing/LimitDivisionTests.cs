using CsCheck;
using Mesh.Policy.Sharing;

namespace Mesh.Policy.Tests.Sharing;

public class LimitDivisionTests
{
    private static readonly Gen<double> Need = Gen.OneOf(Gen.Const(0.0), Gen.Double[0, 0.01], Gen.Double[0, 1], Gen.Double[0, 1000]);

    [Fact]
    public void Parts_are_no_more_than_the_whole_and_nobody_is_left_without() =>
        Gen.Select(Need.Array[1, 200], Gen.Double[0, 0.99]).Sample((wanted, reserved) =>
        {
            var parts = Divide(wanted, reserved);
            Assert.InRange(parts.Sum(), 0, ((1 - reserved) * (1 - LimitDivision.Kept)) + 1e-9);
            Assert.All(parts, part => Assert.True(part >= (1 - reserved) * (1 - LimitDivision.Kept) * LimitDivision.Even / wanted.Length - 1e-12));
        });

    [Fact]
    public void What_there_is_is_given_out() =>
        Gen.Select(Need.Array[1, 200], Gen.Double[0, 0.99]).Sample((wanted, reserved) =>
            Assert.Equal((1 - reserved) * (1 - LimitDivision.Kept), Divide(wanted, reserved).Sum(), 1e-9));

    [Fact]
    public void Everybody_has_what_it_needs_or_as_much_as_anybody() =>
        Need.Array[1, 200].Sample(wanted =>
        {
            var parts = Divide(wanted);
            var most = parts.Max();
            for (var i = 0; i < parts.Length; i++)
            {
                Assert.True(parts[i] >= Math.Min(1, wanted[i]) || parts[i] >= most - 1e-9, $"{i} of {string.Join(", ", wanted)}: {string.Join(", ", parts)}");
            }
        });

    [Fact]
    public void Who_needs_more_has_no_less() =>
        Need.Array[2, 50].Sample(wanted =>
        {
            Array.Sort(wanted);
            var parts = Divide(wanted);
            for (var i = 1; i < parts.Length; i++)
            {
                Assert.True(parts[i] >= parts[i - 1] - 1e-12);
            }
        });

    [Fact]
    public void One_that_wants_all_has_what_the_others_leave()
    {
        var parts = Divide([0.1, 0.1, 5]);
        Assert.Equal([0.101, 0.101, 0.793], parts.Select(part => Math.Round(part, 4)));
    }

    private static double[] Divide(double[] wanted, double reserved = 0)
    {
        var parts = new double[wanted.Length];
        LimitDivision.Divide(wanted, parts, reserved);
        return parts;
    }
}
