using Mesh.Sidecar.Recorder;

namespace Mesh.Sidecar.Tests.Recorder;

public sealed class ByteRingTests
{
    [Fact]
    public void It_keeps_the_last_that_find_room_whatever_their_length()
    {
        var ring = new ByteRing(1000);
        var random = new Random(1);
        var all = new List<byte[]>();
        for (var i = 0; i < 2000; i++)
        {
            var record = new byte[random.Next(0, 300)];
            random.NextBytes(record);
            all.Add(record);
            Assert.True(ring.Add(record));
            var kept = ByteRing.RecordsOf(ring.Copy());
            Assert.Equal(ring.Count, kept.Count);
            Assert.All(kept.Zip(Enumerable.Reverse(all)), pair => Assert.Equal(pair.Second, pair.First.ToArray()));
            Assert.True(i < 10 || kept.Sum(one => one.Length + 4) is > 1000 - 304 and <= 1000);
        }
    }

    [Fact]
    public void What_is_longer_than_all_its_room_is_not_kept_and_drops_nothing()
    {
        var ring = new ByteRing(100);
        Assert.True(ring.Add(new byte[90]));
        Assert.False(ring.Add(new byte[97]));
        Assert.Equal(1, ring.Count);
    }
}
