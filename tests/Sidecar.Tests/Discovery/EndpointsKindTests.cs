using Mesh.Hosting;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Discovery.Services;
using Mesh.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class EndpointsKindTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly EndpointsKind _kind;

    public EndpointsKindTests() =>
        _kind = new EndpointsKind(new ServiceDirectory([], isWhole: false, _time), () => TimeSpan.FromSeconds(25), _time, new Log(LogLevel.None, TextWriter.Null, _time));

    [Fact]
    public void What_is_kept_beyond_the_control_planes_word_is_not_taken_for_its_version()
    {
        _kind.OnConnected();
        Apply(7, "a", ("users-1", "127.0.0.1:5001"), ("users-2", "127.0.0.1:5002"));
        Assert.Equal((7, new Origin("a", 1)), _kind.Known("users"));
        Assert.Equal("a", Assert.Single(_kind.InForce()).StoreId);

        _kind.OnLost();
        _kind.OnConnected();
        Apply(8, "b", ("users-1", "127.0.0.1:5001"));
        Assert.Null(_kind.Known("users"));
        var cached = Assert.Single(_kind.InForce());
        Assert.Empty(cached.StoreId);
        Assert.Equal(2, ServiceEndpoints.Parser.ParseFrom(cached.Resource.Body).Endpoints.Count);
    }

    [Fact]
    public void The_time_to_be_named_again_runs_only_while_there_is_a_control_plane_and_does_not_begin_anew()
    {
        _kind.OnConnected();
        Apply(7, "a", ("users-1", "127.0.0.1:5001"));
        for (var i = 0; i < 3; i++)
        {
            _kind.OnLost();
            _time.Advance(TimeSpan.FromHours(1));
            Assert.Null(_kind.ConfirmTimeLeft);
            _kind.OnConnected();
            Apply(1, $"b{i}");
            _time.Advance(TimeSpan.FromSeconds(8));
            Assert.Equal(TimeSpan.FromSeconds(25 - (8 * (i + 1))), _kind.ConfirmTimeLeft);
        }

        _time.Advance(TimeSpan.FromSeconds(1));
        _kind.OnConfirmTimeOver();
        Assert.Null(_kind.ConfirmTimeLeft);
        Assert.Empty(_kind.InForce());
    }

    private void Apply(long version, string store, params (string Id, string Address)[] endpoints) =>
        Assert.Null(_kind.Apply(ScriptedStream.Endpoints("users", version, endpoints), new Origin(store, 1)).Fault);
}
