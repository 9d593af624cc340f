using Mesh.Sidecar.Telemetry.Rings;
using Mesh.Sidecar.Terms;

namespace Mesh.Sidecar.Tests.Telemetry;

public sealed class RingTests
{
    [Fact]
    public void Items_come_out_as_they_went_in_and_those_without_room_are_counted()
    {
        var ring = new Ring<int>(Direction.Inbound, size: 4);
        var seen = new Seen();
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 6; i++)
            {
                ring.Write((round * 10) + i);
            }

            ring.Drain(seen);
        }

        Assert.Equal([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23], seen.Items.Select(item => item.Item));
        Assert.All(seen.Items, item => Assert.Equal(Direction.Inbound, item.Direction));
        Assert.Equal(6, ring.Dropped);
    }

    [Fact]
    public void A_slot_holds_what_it_held_so_that_it_can_be_used_again()
    {
        var ring = new Ring<object?>(Direction.Outbound, size: 1);
        var first = ring.Next = new object();
        ring.Publish();
        Assert.False(ring.HasRoom());
        ring.Drain(new Ignored());
        Assert.True(ring.HasRoom());
        Assert.Same(first, ring.Next);
    }

    [Fact]
    public void A_reader_empties_rings_of_many_writers_and_loses_nothing_at_its_end()
    {
        const int writers = 4, items = 10_000;
        var seen = new Seen();
        var reader = new RingReader<int>("test", TimeSpan.FromMilliseconds(1), seen);
        Parallel.For(0, writers, writer =>
        {
            var ring = reader.AddRing(Direction.Outbound, size: items);
            for (var i = 0; i < items; i++)
            {
                ring.Write((writer * items) + i);
            }
        });
        reader.Dispose();

        Assert.Equal(0, reader.Dropped);
        Assert.Equal(Enumerable.Range(0, writers * items), seen.Items.Select(item => item.Item).Order());
        Assert.Equal(seen.Begun, seen.Ended);
    }

    private sealed class Seen : IRingConsumer<int>
    {
        public List<(Direction Direction, int Item)> Items { get; } = [];

        public int Begun { get; private set; }

        public int Ended { get; private set; }

        public void BeginRound() => Begun++;

        public void Consume(Direction direction, in int item) => Items.Add((direction, item));

        public void EndRound() => Ended++;
    }

    private sealed class Ignored : IRingConsumer<object?>
    {
        public void BeginRound()
        {
        }

        public void Consume(Direction direction, in object? item)
        {
        }

        public void EndRound()
        {
        }
    }
}
