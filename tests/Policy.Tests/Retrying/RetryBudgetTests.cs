using Mesh.Policy.Retrying;

namespace Mesh.Policy.Tests.Retrying;

public class RetryBudgetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(1000)]
    [InlineData(20_000)]
    public void Under_complete_failure_retries_never_exceed_their_share_and_their_minimum(int requestsPerSecond)
    {
        const int seconds = 60;
        var budget = new RetryBudget(20, 10);
        var requests = new long[seconds];
        var retries = new long[seconds];
        for (var second = 0; second < seconds; second++)
        {
            for (var i = 0; i < requestsPerSecond; i++)
            {
                var now = Time.Seconds(second + ((double)i / requestsPerSecond));
                budget.OnRequest(now);
                requests[second]++;

                // Each failed attempt is tried again until the budget says no.
                while (budget.TryTake(now))
                {
                    retries[second]++;
                }
            }

            var window = Math.Max(second - 9, 0)..(second + 1);
            Assert.True(retries[window].Sum() <= (requests[window].Sum() * 0.2) + 100);
        }

        Assert.True(retries.Sum() <= (requests.Sum() * 0.2) + (10 * seconds));
        Assert.True(retries.Sum() >= ((requests.Sum() * 0.2) + (10 * seconds)) * 0.9);
    }

    [Fact]
    public void What_is_not_used_is_gone_after_ten_seconds()
    {
        var budget = new RetryBudget(20, 10);
        for (var i = 0; i < 10_000; i++)
        {
            budget.OnRequest(0);
        }

        Assert.Equal(2100, budget.Available(Time.Seconds(9)));
        Assert.Equal(100, budget.Available(Time.Seconds(10)));
    }

    [Fact]
    public void With_no_share_and_no_minimum_nothing_is_retried()
    {
        var budget = new RetryBudget(0, 0);
        budget.OnRequest(0);
        Assert.False(budget.TryTake(0));
    }

    [Fact]
    public void Threads_together_take_exactly_what_there_is()
    {
        var budget = new RetryBudget(20, 0);
        var taken = 0;
        Threads.Run(8, _ =>
        {
            for (var i = 0; i < 1000; i++)
            {
                budget.OnRequest(0);
            }
        });
        Threads.Run(8, _ =>
        {
            for (var i = 0; i < 1000; i++)
            {
                if (budget.TryTake(0))
                {
                    Interlocked.Increment(ref taken);
                }
            }
        });
        Assert.Equal(1600, taken);
    }
}
