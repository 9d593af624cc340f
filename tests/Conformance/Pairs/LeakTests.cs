using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Connections;
using Mesh.Wire.Http2.Frames;
using Mesh.Wire.Streams;

namespace Mesh.Conformance.Pairs;

/// <summary>Thousands of streams that end in every way there is: afterwards nothing is held and every window is whole.</summary>
public sealed class LeakTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Nothing_is_left_of_thousands_of_streams(int seed)
    {
        var random = new Random(seed);
        var options = new WireOptions
        {
            MaxConcurrentStreams = seed % 2 == 0 ? 20 : 200,
            StreamWindow = seed % 3 == 0 ? 65_535 : 200_000,
            ConnectionWindow = seed % 3 == 1 ? 65_535 : 300_000,
            OutputHighWater = seed % 2 == 0 ? 20_000 : 200_000,
            IdleTimeout = TimeSpan.Zero,
        };
        var clientEnd = new RandomEnd(random, isServer: false);
        var serverEnd = new RandomEnd(random, isServer: true);
        var pair = new JoinedPair(clientEnd, serverEnd, options);
        while (clientEnd.Opened < 2000)
        {
            for (var i = random.Next(4); i > 0; i--)
            {
                clientEnd.Open(pair.Client);
            }

            clientEnd.Act();
            serverEnd.Act();
            Throttle(pair, random);
            pair.Turn();
            Assert.False(pair.Client.IsDead || pair.Server.IsDead, pair.Client.Failure ?? pair.Server.Failure);
        }

        Unthrottle(pair);
        clientEnd.Finishing = serverEnd.Finishing = true;
        for (var i = 0; i < 5000 && (pair.Client.OpenStreams > 0 || pair.Server.OpenStreams > 0); i++)
        {
            clientEnd.Act();
            serverEnd.Act();
            pair.Turn();
        }

        pair.Turn(5);
        Assert.Empty(pair.Faults);
        Assert.Equal(0, pair.Client.OpenStreams + pair.Server.OpenStreams);
        Assert.Equal(0, clientEnd.Held + serverEnd.Held);
        Assert.Equal(clientEnd.Opened, clientEnd.Completed);
        Assert.Equal(0, pair.Loop.Scratch.StreamsInUse);
        Assert.Equal(0, pair.Loop.Segments.InUse);
        AssertWindows(pair.Client, pair.Server, options);
        AssertWindows(pair.Server, pair.Client, options);
        Assert.True(serverEnd.Received > 1_000_000 && clientEnd.Received > 1_000_000 && serverEnd.Resets > 20);
        pair.Loop.AssertComesToRest(pair.Clock);
        Assert.False(pair.Client.IsDead || pair.Server.IsDead);
    }

    [Fact]
    public void Nothing_is_left_when_the_connection_breaks_amid_it_all()
    {
        for (var seed = 1; seed < 30; seed++)
        {
            var random = new Random(seed);
            var clientEnd = new RandomEnd(random, isServer: false);
            var serverEnd = new RandomEnd(random, isServer: true);
            var pair = new JoinedPair(clientEnd, serverEnd, new WireOptions { StreamWindow = 65_535, OutputHighWater = 20_000 });
            while (clientEnd.Opened < 150)
            {
                clientEnd.Open(pair.Client);
                clientEnd.Act();
                serverEnd.Act();
                pair.Turn();
            }

            switch (seed % 4)
            {
                case 0:
                    pair.ClientChannel.End(Wire.Transport.ChannelEnd.Reset);
                    pair.ServerChannel.End(Wire.Transport.ChannelEnd.Reset);
                    break;
                case 1:
                    pair.Client.Abort(ErrorCode.InternalError, "x");
                    break;
                case 2:
                    pair.Server.Abort(ErrorCode.InternalError, "x");
                    break;
                default:
                    pair.Server.GoAway();
                    clientEnd.Finishing = serverEnd.Finishing = true;
                    for (var i = 0; i < 2000 && !pair.Client.IsDead; i++)
                    {
                        clientEnd.Act();
                        serverEnd.Act();
                        pair.Turn();
                    }

                    break;
            }

            pair.Turn(10);
            Assert.True(pair.Client.IsDead && pair.Server.IsDead);
            Assert.True(pair.ClientChannel.IsClosed && pair.ServerChannel.IsClosed);
            Assert.Empty(pair.Faults);
            Assert.Equal(0, clientEnd.Held + serverEnd.Held);
            Assert.Equal(0, pair.Loop.Scratch.StreamsInUse);
            Assert.Equal(0, pair.Loop.Segments.InUse);
            pair.Loop.AssertComesToRest(pair.Clock);
        }
    }

    /// <summary>What the one may send is what the other lets it, and nothing is held.</summary>
    private static void AssertWindows(Http2Connection sender, Http2Connection receiver, WireOptions options)
    {
        var (left, held) = receiver.State.Windows.ConnectionCredit;
        Assert.Equal(0, held);
        Assert.InRange(left, options.ConnectionWindow / 2, options.ConnectionWindow);
        Assert.Equal(left, sender.Sender.WindowLeft);
    }

    private static void Throttle(JoinedPair pair, Random random)
    {
        switch (random.Next(20))
        {
            case 0:
                pair.ClientChannel.Room = random.Next(5000);
                break;
            case 1:
                pair.ServerChannel.Room = random.Next(5000);
                break;
            case < 6:
                Unthrottle(pair);
                break;
        }
    }

    private static void Unthrottle(JoinedPair pair)
    {
        pair.ClientChannel.Room = pair.ServerChannel.Room = int.MaxValue;
        pair.ClientChannel.RequestFlush();
        pair.ServerChannel.RequestFlush();
    }
}
