using Mesh.Policy.Limiting;

namespace Mesh.Policy.Tests.Limiting;

public class ConcurrencyLimitTests
{
    [Fact]
    public void Threads_never_exceed_the_limit_and_all_of_it_can_be_used()
    {
        var limit = new ConcurrencyLimit(3);
        var inside = 0;
        var most = 0;
        Threads.Run(8, _ =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                if (limit.TryEnter())
                {
                    var now = Interlocked.Increment(ref inside);
                    InterlockedMax(ref most, now);
                    Interlocked.Decrement(ref inside);
                    limit.Exit();
                }
            }
        });
        Assert.InRange(most, 1, 3);
        Assert.Equal(0, limit.Current);
        Assert.True(limit.TryEnter() && limit.TryEnter() && limit.TryEnter());
        Assert.False(limit.TryEnter());
    }

    [Fact]
    public void A_limit_lowered_below_what_is_inside_lets_nobody_in_until_enough_have_left()
    {
        var limit = new ConcurrencyLimit(2);
        Assert.True(limit.TryEnter());
        Assert.True(limit.TryEnter());
        limit.Max = 1;
        limit.Exit();
        Assert.False(limit.TryEnter());
        limit.Exit();
        Assert.True(limit.TryEnter());
    }

    private static void InterlockedMax(ref int target, int value)
    {
        var seen = Volatile.Read(ref target);
        while (seen < value)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
