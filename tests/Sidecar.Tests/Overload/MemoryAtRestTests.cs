using Mesh.Sidecar.Overload;
using Mesh.Wire.Transport.Memory;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Overload;

public sealed class MemoryAtRestTests
{
    private const long LeastGarbage = 512 * 1024;

    private readonly MemoryLoop _loop = new(new FakeTimeProvider());
    private readonly MemoryAtRest _rest;
    private long _allocated = 3_000_000;
    private int _collections;
    private int _releases;

    public MemoryAtRestTests() =>
        _rest = new MemoryAtRest([_loop], () => _allocated, () => _collections++, () => _releases++, new FakeTimeProvider());

    [Fact]
    public void What_the_start_has_needed_goes_and_garbage_once_it_is_worth_it()
    {
        _rest.Look();
        Assert.Equal((1, 1), (_collections, _releases));

        _allocated += LeastGarbage - 1;
        _rest.Look();
        Assert.Equal((1, 1), (_collections, _releases));

        _allocated += 1;
        _rest.Look();
        Assert.Equal((2, 2), (_collections, _releases));

        _rest.Look();
        Assert.Equal((2, 2), (_collections, _releases));
    }

    [Fact]
    public void No_call_is_stopped_for_it()
    {
        for (var i = 0; i < 3; i++)
        {
            Turn(401);
            _rest.Look();
        }

        Assert.Equal((0, 0), (_collections, _releases));
        Turn(400);
        _rest.Look();
        Assert.Equal((1, 1), (_collections, _releases));

        _allocated += 10 * LeastGarbage;
        Turn(401);
        _rest.Look();
        Assert.Equal((1, 1), (_collections, _releases));
    }

    [Fact]
    public void Pages_that_were_needed_meanwhile_go_again_after_a_minute()
    {
        _rest.Look();
        for (var i = 1; i < 30; i++)
        {
            _rest.Look();
        }

        Assert.Equal((1, 1), (_collections, _releases));
        Turn(401);
        _rest.Look();
        Assert.Equal((1, 1), (_collections, _releases));
        _rest.Look();
        Assert.Equal((1, 2), (_collections, _releases));
    }

    private void Turn(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _loop.Turn();
        }
    }
}
