using Mesh.Policy.Retrying;

namespace Mesh.Policy.Tests.Retrying;

public class CallMarksTests
{
    private readonly CallMarks _marks = new();

    /// <summary>Property: for random histories, what it says is what a dictionary with times says, but that it may have forgotten.</summary>
    [Fact]
    public void Nothing_is_said_of_a_call_that_was_not_said_of_it_before()
    {
        var rng = new Rng(5);
        var calls = Enumerable.Range(0, 20).Select(_ => rng.NextUInt64()).ToArray();
        var model = new Dictionary<(ulong, CallMark), long>();
        var now = Time.Seconds(1);
        var kept = 0;
        for (var i = 0; i < 20_000; i++)
        {
            now += (long)(rng.NextDouble() * Time.Millis(200));
            var call = calls[rng.NextInt(calls.Length)];
            var mark = rng.NextInt(2) == 0 ? CallMark.IsRepeat : CallMark.IsTriedEnough;
            var isKnown = model.TryGetValue((call, mark), out var until) && now < until;
            switch (rng.NextInt(3))
            {
                case 0:
                    _marks.Set(call, mark, now);
                    // One mark keeps the other alive with it.
                    foreach (var one in (CallMark[])[CallMark.IsRepeat, CallMark.IsTriedEnough])
                    {
                        if (one == mark || (model.TryGetValue((call, one), out var end) && now < end))
                        {
                            model[(call, one)] = now + CallMarks.Lasts.Ticks + Time.Millis(100);
                        }
                    }

                    break;
                case 1:
                    Assert.False(_marks.Has(call, mark, now) && !isKnown);
                    kept += isKnown && _marks.Has(call, mark, now) ? 1 : 0;
                    break;
                default:
                    Assert.False(_marks.Take(call, mark, now) && !isKnown);
                    Assert.False(_marks.Has(call, mark, now));
                    model.Remove((call, mark));
                    break;
            }
        }

        Assert.True(kept > 1000, $"{kept}");
    }

    [Fact]
    public void A_mark_lasts_for_ten_seconds_and_no_longer()
    {
        _marks.Set(7, CallMark.IsRepeat, Time.Seconds(100));
        Assert.True(_marks.Has(7, CallMark.IsRepeat, Time.Seconds(109.9)));
        Assert.False(_marks.Has(7, CallMark.IsTriedEnough, Time.Seconds(109.9)));
        Assert.False(_marks.Has(7, CallMark.IsRepeat, Time.Seconds(110.2)));
    }

    /// <summary>Two whose numbers end alike have one place: the newer one gets it.</summary>
    [Fact]
    public void Who_has_the_place_of_another_does_not_have_its_mark()
    {
        const ulong one = 1UL << 40 | 7, other = 1UL << 41 | 7;
        _marks.Set(one, CallMark.IsRepeat, 0);
        Assert.False(_marks.Has(other, CallMark.IsRepeat, 0));
        _marks.Set(other, CallMark.IsTriedEnough, 0);
        Assert.True(_marks.Has(other, CallMark.IsTriedEnough, 0));
        Assert.False(_marks.Has(other, CallMark.IsRepeat, 0));
        Assert.False(_marks.Has(one, CallMark.IsRepeat, 0));
    }

    [Fact]
    public void Of_many_threads_one_takes_a_mark()
    {
        var taken = 0;
        for (var i = 0; i < 200; i++)
        {
            _marks.Set(9, CallMark.IsTriedEnough, 0);
            Threads.Run(4, _ => Interlocked.Add(ref taken, _marks.Take(9, CallMark.IsTriedEnough, 0) ? 1 : 0));
        }

        Assert.Equal(200, taken);
    }

    [Fact]
    public void A_call_without_a_number_is_known_by_its_time()
    {
        Assert.False(_marks.HasUnnamedSince(0));
        _marks.OnUnnamedTried(5);
        Assert.True(_marks.HasUnnamedSince(5));
        Assert.False(_marks.HasUnnamedSince(6));
    }
}
