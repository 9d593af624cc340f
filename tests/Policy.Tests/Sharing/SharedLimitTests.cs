using Mesh.Policy.RateLimiting;

namespace Mesh.Policy.Tests.Sharing;

/// <summary>What is let on of a limit that sidecars share, in virtual time, beside what one limiter for all of them would let on.</summary>
public class SharedLimitTests
{
    private static readonly RateLimitOptions Hundred = new() { Requests = 100 };

    [Theory]
    [InlineData(10, 100, 1)]
    [InlineData(10, 100, 3)]
    [InlineData(3, 1000, 1)]
    [InlineData(100, 1000, 1)]
    public void However_uneven_the_need_it_is_used_up_and_not_exceeded(int sidecars, int limit, int planes)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var world = new SharedLimitWorld(Hundred with { Requests = limit }, seed, planes);
            for (var i = 0; i < sidecars; i++)
            {
                // One wants more than all, half want a little, the others nothing.
                var need = i == 0 ? 1.5 * limit : i % 2 == 0 ? limit * 0.8 / sidecars : 0;
                world.Add(_ => need);
            }

            world.Run(10);
            Within5Percent(limit * 120, world.Run(120).Let);
        }
    }

    [Fact]
    public void Of_a_limit_of_which_each_has_less_than_a_call_a_second_some_is_left_and_nothing_exceeded()
    {
        var world = new SharedLimitWorld(Hundred with { Requests = 5 }, seed: 1);
        for (var i = 0; i < 20; i++)
        {
            var need = i == 0 ? 8 : i % 2 == 0 ? 0.2 : 0;
            world.Add(_ => need);
        }

        world.Run(10);
        Assert.InRange(world.Run(300).Let, 5 * 300 * 0.8, 5 * 300 * 1.05);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void While_the_need_moves_it_is_used_up_and_not_exceeded(int planes)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var world = new SharedLimitWorld(Hundred with { Requests = 500 }, seed, planes);
            for (var i = 0; i < 6; i++)
            {
                // Every 15 s two others have all the calls, 1.4 times the limit.
                var index = i;
                world.Add(time => (int)(time / 15) % 3 == index / 2 ? 350 : 5);
            }

            world.Run(10);
            Within5Percent(500 * 180, world.Run(180).Let);
        }
    }

    [Fact]
    public void Who_needs_less_than_there_is_has_all_of_it()
    {
        var world = new SharedLimitWorld(Hundred, seed: 1);
        double[] needs = [60, 20, 5, 2, 0.5, 0];
        foreach (var need in needs)
        {
            world.Add(_ => need);
        }

        world.Run(10);
        var (let, came) = world.Run(120);
        Assert.InRange(let, came * 0.99, came);
    }

    [Fact]
    public void Beside_one_that_wants_all_who_needs_little_has_most_of_it()
    {
        var world = new SharedLimitWorld(Hundred, seed: 1);
        world.Add(_ => 1000);
        for (var i = 0; i < 9; i++)
        {
            world.Add(_ => 5);
        }

        world.Run(10);
        world.Run(120);
        for (var i = 1; i < 10; i++)
        {
            var (let, came) = world.Of(i);
            // Its bucket holds five calls, and loses what comes while it is full.
            Assert.InRange(let, came * 0.75, came);
        }
    }

    [Fact]
    public void While_nobody_divides_it_each_has_as_much_as_any_other_and_all_is_as_before_afterwards()
    {
        var world = new SharedLimitWorld(Hundred, seed: 1);
        for (var i = 0; i < 4; i++)
        {
            var need = i == 0 ? 200 : 10;
            world.Add(_ => need);
        }

        world.Run(10);
        Within5Percent(100 * 60, world.Run(60).Let);
        world.StopPlanes();
        world.Run(6);
        Assert.InRange(world.Run(60).Let, 53 * 60, 57 * 60); // a quarter for the one, and what the others need
        world.StartPlanes();
        Assert.InRange(world.Run(5).Let, 0, 105 * 5);
        Within5Percent(100 * 60, world.Run(60).Let);
    }

    [Fact]
    public void While_nobody_divides_it_and_all_need_alike_it_is_used_up_and_not_exceeded()
    {
        var world = new SharedLimitWorld(Hundred, seed: 1);
        for (var i = 0; i < 4; i++)
        {
            world.Add(_ => 50);
        }

        world.Run(10);
        world.StopPlanes();
        Within5Percent(100 * 60, world.Run(60).Let);
        world.StartPlanes();
        Within5Percent(100 * 60, world.Run(60).Let);
    }

    [Fact]
    public void While_sidecars_come_and_go_it_is_used_up_and_not_exceeded()
    {
        var world = new SharedLimitWorld(Hundred with { Requests = 400 }, seed: 1);
        var oldest = 0;
        for (var i = 0; i < 8; i++)
        {
            world.Add(_ => 100);
        }

        world.Run(10);
        var let = 0;
        for (var i = 0; i < 12; i++)
        {
            // What one that was killed had is not given to others until it would be over.
            world.Kill(oldest++);
            let += world.Run(10).Let;
            world.Add(_ => 100);
            let += world.Run(10).Let;
        }

        Within5Percent(400 * 240, let);
    }

    [Fact]
    public void All_that_begin_at_once_have_no_more_than_the_limit()
    {
        var world = new SharedLimitWorld(Hundred with { Requests = 1000, Burst = 100 }, seed: 1);
        for (var i = 0; i < 50; i++)
        {
            world.Add(_ => 100);
        }

        // Its burst, and what comes before the first word is heard: 5,000 a second for 40 ms.
        Assert.InRange(world.Run(2).Let, 1900, 2000 + 100 + 250);
    }

    private static void Within5Percent(double limit, double let) => Assert.InRange(let, limit * 0.95, limit * 1.05);
}
