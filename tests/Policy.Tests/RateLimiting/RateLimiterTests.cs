using System.Text;
using CsCheck;
using Mesh.Policy.RateLimiting;

namespace Mesh.Policy.Tests.RateLimiting;

public class RateLimiterTests
{
    private static readonly RateLimitOptions FiveASecond = new() { Requests = 5 };

    [Fact]
    public void After_a_pause_it_lets_its_burst_on_at_once_and_then_one_for_each_share_of_the_time()
    {
        var limiter = new RateLimiter(FiveASecond with { Burst = 3 }, Time.Seconds(100));
        var now = Time.Seconds(100);
        Assert.Equal([0L, 0L, 0L], [limiter.Take(now), limiter.Take(now), limiter.Take(now)]);
        Assert.Equal(Time.Millis(200), limiter.Take(now));
        Assert.Equal(Time.Millis(1), limiter.Take(now + Time.Millis(199)));
        Assert.Equal(0, limiter.Take(now + Time.Millis(200)));
        Assert.Equal(Time.Millis(200), limiter.Take(now + Time.Millis(200)));
    }

    [Fact]
    public void What_it_says_is_when_there_is_one()
    {
        Gen.Select(Gen.Int[1, 2000], Gen.Int[1, 60_000], Gen.Int[1, 50], Gen.Int[0, 5000].Array[1, 200]).Sample((requests, perMs, burst, pauses) =>
        {
            var limiter = new RateLimiter(new RateLimitOptions { Requests = requests, Per = TimeSpan.FromMilliseconds(perMs), Burst = burst }, 0);
            var now = 0L;
            foreach (var pause in pauses)
            {
                now += pause;
                var wait = limiter.Take(now);
                if (wait > 0)
                {
                    Assert.True(wait == 1 || limiter.Take(now + wait - 1) > 0);
                    now += wait;
                    Assert.Equal(0, limiter.Take(now));
                }
            }
        });
    }

    [Theory]
    [InlineData(1_000_000, 1)]
    [InlineData(700_000, 1)]
    [InlineData(3, 1)]
    [InlineData(1, 86_400)]
    [InlineData(1_000_000_000, 86_400)]
    public void Over_a_long_time_it_is_as_often_as_said(int requests, int seconds)
    {
        var limiter = new RateLimiter(new RateLimitOptions { Requests = requests, Per = TimeSpan.FromSeconds(seconds), Burst = 1 }, 0);
        var now = 0L;
        const int calls = 1000;
        for (var i = 0; i < calls; i++)
        {
            now += limiter.Take(now) is > 0 and var wait ? wait : 0;
            limiter.Take(now);
        }

        // One is let on at once, and each wait is a whole number of ticks.
        Assert.InRange(now, (double)(calls - 2) * seconds * TimeSpan.TicksPerSecond / requests * 0.99, ((double)calls * seconds * TimeSpan.TicksPerSecond / requests * 1.01) + calls);
    }

    [Fact]
    public void Each_key_has_a_bucket_of_its_own()
    {
        var limiter = new RateLimiter(new RateLimitOptions { Requests = 1, ByHeader = "x-tenant" }, 0);
        Assert.Equal(0, limiter.Take("a"u8, 0));
        Assert.Equal(0, limiter.Take("b"u8, 0));
        Assert.Equal(0, limiter.Take(""u8, 0));
        Assert.Equal(Time.Seconds(1), limiter.Take("a"u8, 0));
        Assert.Equal(3, limiter.Keys);
    }

    [Fact]
    public void It_remembers_no_more_keys_than_it_may_and_forgets_the_one_least_recently_seen()
    {
        var limiter = new RateLimiter(new RateLimitOptions { Requests = 1, Per = TimeSpan.FromHours(1), ByHeader = "x-tenant", MaxKeys = 100 }, 0);
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal(0, limiter.Take(Encoding.ASCII.GetBytes($"tenant-{i}"), i));
            // One that never rests is never forgotten.
            Assert.Equal(i == 0, limiter.Take("busy"u8, i) == 0);
        }

        Assert.Equal(100, limiter.Keys);
        Assert.NotEqual(0, limiter.Take("tenant-9999"u8, 10_000));
        Assert.Equal(0, limiter.Take("tenant-1"u8, 10_000));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("x-tenant")]
    public void Threads_together_get_no_more_than_one_alone(string? header)
    {
        var limiter = new RateLimiter(new RateLimitOptions { Requests = 1000, Per = TimeSpan.FromHours(1), ByHeader = header }, 0);
        var let = 0;
        Threads.Run(8, _ =>
        {
            for (var i = 0; i < 1000; i++)
            {
                if (limiter.Take("a"u8, 1) == 0)
                {
                    Interlocked.Increment(ref let);
                }
            }
        });
        Assert.Equal(1000, let);
    }

    [Fact]
    public void It_allocates_nothing_for_what_it_knows_nor_for_who_takes_the_place_of_another()
    {
        var limiter = new RateLimiter(new RateLimitOptions { Requests = 1, ByHeader = "x-tenant", MaxKeys = 4 }, 0);
        var key = new byte[8];
        var next = 0L;
        Assert.Equal(0, Allocations.Of(() =>
        {
            BitConverter.TryWriteBytes(key, ++next);
            limiter.Take(key, next);
            limiter.Take(next);
        }));
    }

    [Fact]
    public void A_loop_whose_clock_is_behind_gets_an_answer_too() => Assert.Equal(0, new RateLimiter(FiveASecond, 1000).Take(999));
}
