using Mesh.ControlPlane.Shares;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.ControlPlane.Tests.Shares;

public sealed class ListPlacesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ListPlaces _places;
    private readonly List<int> _givenUp = [];

    public ListPlacesTests() => _places = new ListPlaces(_time);

    [Fact]
    public async Task The_lists_of_one_connection_wait_for_each_other_and_for_no_others()
    {
        var connection = new ConnectionShares();
        var first = await EnterAsync(connection, 0);
        for (var i = 1; i < ConnectionShares.MostLists; i++)
        {
            await EnterAsync(connection, i);
        }

        var waiting = EnterAsync(connection, 8);
        Assert.False(waiting.IsCompleted);
        Assert.NotNull(await EnterAsync(new ConnectionShares(), 9));

        first!.Dispose();
        Assert.NotNull(await waiting.WaitAsync(Bound.Time));
    }

    [Fact]
    public async Task One_that_waits_and_is_cancelled_takes_nothing()
    {
        var connection = new ConnectionShares();
        var places = new List<ListPlace?>();
        for (var i = 0; i < ConnectionShares.MostLists; i++)
        {
            places.Add(await EnterAsync(connection, i));
        }

        using var cancelled = new CancellationTokenSource();
        var waiting = _places.EnterAsync(connection, () => { }, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        places[0]!.Dispose();
        Assert.NotNull(await EnterAsync(connection, 8).WaitAsync(Bound.Time));
    }

    [Fact]
    public async Task Where_all_are_taken_the_oldest_makes_room_once_it_had_its_time()
    {
        var places = new List<ListPlace?>();
        for (var i = 0; i < ListPlaces.Most; i++)
        {
            places.Add(await EnterAsync(new ConnectionShares(), i));
        }

        Assert.Null(await EnterAsync(new ConnectionShares(), 64));
        Assert.Empty(_givenUp);

        _time.Advance(TimeSpan.FromSeconds(2));
        places[0]!.Dispose();
        Assert.NotNull(await EnterAsync(new ConnectionShares(), 65));
        Assert.Empty(_givenUp);
        Assert.NotNull(await EnterAsync(new ConnectionShares(), 66));
        Assert.Equal([1], _givenUp);
        Assert.Equal(ListPlaces.Most, _places.Count);
        places[1]!.Dispose();
        Assert.Equal(ListPlaces.Most, _places.Count);
    }

    [Fact]
    public async Task One_that_is_refused_leaves_its_connection_as_it_was()
    {
        for (var i = 0; i < ListPlaces.Most; i++)
        {
            await EnterAsync(new ConnectionShares(), i);
        }

        var connection = new ConnectionShares();
        for (var i = 0; i <= ConnectionShares.MostLists; i++)
        {
            Assert.Null(await EnterAsync(connection, 100 + i).WaitAsync(Bound.Time));
        }
    }

    [Fact]
    public async Task An_answer_that_is_not_read_for_a_minute_is_given_up()
    {
        await EnterAsync(new ConnectionShares(), 0);
        (await EnterAsync(new ConnectionShares(), 1))!.Dispose();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(_givenUp);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([0], _givenUp);
    }

    private Task<ListPlace?> EnterAsync(ConnectionShares connection, int number) =>
        _places.EnterAsync(connection, () => _givenUp.Add(number), CancellationToken.None).AsTask();
}
