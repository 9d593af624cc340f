using Google.Protobuf;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Routing;
using Mesh.Sidecar.Snapshot;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class InboundKindTests
{
    private readonly ServiceDirectory _directory = new([], isWhole: false, new FakeTimeProvider(), app: Sole.App("orders", "orders-1", "127.0.0.1:9"));
    private readonly InboundKind _kind;

    public InboundKindTests() => _kind = new InboundKind(_directory);

    [Fact]
    public void What_is_said_takes_force_with_the_next_snapshot_and_leaves_the_older_ones_as_they_are()
    {
        var before = _directory.Current.Inbound!;
        Take(Inbound(3, limit: 7));
        var after = Published();
        Assert.Equal((0, ServicePolicyOptions.InboundDefault), (before.PolicyVersion, before.Policy));
        Assert.Equal((3, 7), (after.PolicyVersion, after.Policy.Limits.MaxConcurrentRequests));
    }

    [Fact]
    public void What_lasts_longer_than_a_snapshot_is_the_same()
    {
        var before = _directory.Current.Inbound!;
        Assert.True(before.Limit.TryEnter());
        Take(Inbound(3, limit: 1));
        var after = Published();
        Assert.Same(before.Endpoints[0], after.Endpoints[0]);
        Assert.Same(before.Statistics, after.Statistics);
        Assert.Same(before.DefaultRoute.Budget, after.DefaultRoute.Budget);
        Assert.False(after.Limit.TryEnter()); // who came in before counts
        before.Limit.Exit();
        Assert.True(after.Limit.TryEnter());
    }

    [Fact]
    public void Deleted_it_gives_way_to_the_defaults_and_with_it_all_that_would_be_kept_of_it()
    {
        Take(Inbound(3, limit: 7));
        Assert.Single(_kind.InForce());
        Take(ScriptedStream.Absent("inbound", "orders", 4));
        Assert.Equal((4, ServicePolicyOptions.InboundDefault), (Published().PolicyVersion, Published().Policy));
        Assert.Equal(1_000_000, Published().Limit.MaxRequests);
        Assert.Empty(_kind.InForce());
    }

    [Fact]
    public void One_that_cannot_be_right_is_rejected_and_the_last_good_one_stays()
    {
        Take(Inbound(3, limit: 7));
        Assert.Equal("orders: inbound.limits.max_concurrent_requests: 0 is not within 1 to 1000000", Take(Inbound(4, limit: 0)).Fault);
        Assert.Equal("body: is no InboundConfig", Take(new Resource { Kind = "inbound", Name = "orders", Version = 5, Body = ByteString.CopyFrom(0xff, 0xff) }).Fault);
        Assert.Equal((3, 7), (Published().PolicyVersion, Published().Policy.Limits.MaxConcurrentRequests));
    }

    [Fact]
    public void A_first_one_that_cannot_be_right_is_a_word_too()
    {
        Assert.False(_directory.IsInboundSaid);
        Assert.True(_kind.OnRejected(Inbound(1, limit: 0)));
        Assert.True(_directory.IsInboundSaid);
        Assert.False(_kind.OnRejected(Inbound(2, limit: 0)));
    }

    [Fact]
    public void That_of_another_service_is_of_no_use_here_and_ours_is_whether_we_call_ourselves_or_not()
    {
        Assert.False(_kind.IsWanted("users"));
        Assert.True(_kind.IsWanted("orders"));
        Assert.False(_directory.IsWanted("orders"));
        Assert.False(new InboundKind(new ServiceDirectory([], isWhole: false, new FakeTimeProvider())).IsWanted("orders"));
    }

    private Verdict Take(Resource resource) => _kind.Apply(resource, new Origin("a", resource.Version));

    private Cluster Published()
    {
        _directory.Publish();
        return _directory.Current.Inbound!;
    }

    private static Resource Inbound(long version, uint limit) => new()
    {
        Kind = "inbound",
        Name = "orders",
        Version = version,
        Body = new InboundConfig { Limits = new InboundLimits { MaxConcurrentRequests = limit } }.ToByteString(),
    };
}
