using System.Text;
using Google.Protobuf;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Discovery.Services;
using Mesh.V1;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class PolicyKindTests
{
    private readonly ServiceDirectory _directory = new([], isWhole: false, new FakeTimeProvider());
    private readonly PolicyKind _kind;

    public PolicyKindTests() => _kind = new PolicyKind(_directory);

    [Fact]
    public void A_control_plane_with_another_store_that_knows_no_policy_changes_nothing()
    {
        Apply(Policy(3, attempts: 7), "a", 10);
        var verdict = Apply(ScriptedStream.Absent("policy", "users"), "b", 99);
        Assert.Equal(new KeptResource("users", "policy", 3), verdict.Kept);
        Assert.Equal((7, 3), Attempts());
    }

    [Fact]
    public void Routes_for_other_callers_calls_are_left_out_with_where_they_lead()
    {
        var directory = new ServiceDirectory([], isWhole: false, new FakeTimeProvider(), caller: new CallerIdentity("web", "v2"));
        var route = new Route { Name = "theirs", Match = new RouteMatch { Source = new SourceMatch { Service = "app" } }, Service = "next" };
        var config = new ServiceConfig { Routes = { route, new Route { Name = "ours", Match = new RouteMatch { Source = new SourceMatch { Version = "v2" } } } } };
        directory.SetEndpoints("users", 1, isKnown: true, []);
        directory.Want("users"u8);
        Assert.Null(new PolicyKind(directory).Apply(new Resource { Kind = "policy", Name = "users", Version = 1, Body = config.ToByteString() }, new Origin("a", 1)).Fault);
        directory.Publish();
        Assert.Equal(["ours"], directory.Current.Find("users"u8)!.Policy.Routes.Select(one => one.Name));
        Assert.False(directory.IsWanted("next"));
    }

    [Fact]
    public void Nor_does_one_with_an_older_state_of_the_same_store()
    {
        Apply(Policy(3, attempts: 7), "a", 10);
        Assert.NotNull(Apply(ScriptedStream.Absent("policy", "users"), "a", 9).Kept);
        Assert.Equal((7, 3), Attempts());
    }

    [Theory]
    [InlineData("b", 1, 4)] // said to be deleted, by whomever
    [InlineData("a", 10, 0)] // gone from where it was
    [InlineData("a", 11, 0)]
    public void A_deleted_policy_gives_way_to_the_defaults(string store, long revision, long version)
    {
        Apply(Policy(3, attempts: 7), "a", 10);
        Assert.Null(Apply(ScriptedStream.Absent("policy", "users", version), store, revision).Kept);
        Assert.Equal((3, version), Attempts());
        Assert.Empty(_kind.InForce());
    }

    [Fact]
    public void Another_policy_takes_its_place_wherever_it_comes_from()
    {
        Apply(Policy(3, attempts: 7), "a", 10);
        Assert.Null(Apply(Policy(1, attempts: 5), "b", 1).Fault);
        Assert.Equal((5, 1), Attempts());
    }

    [Fact]
    public void One_that_is_confirmed_is_of_the_store_that_confirms_it()
    {
        Apply(Policy(3, attempts: 7), "a", 10);
        Assert.Null(Apply(new Resource { Kind = "policy", Name = "users", Version = 3, Unchanged = true }, "a", 20).Fault);
        Assert.Equal((3, new Origin("a", 20)), _kind.Known("users"));
        Assert.NotNull(Apply(new Resource { Kind = "policy", Name = "users", Version = 4, Unchanged = true }, "a", 20).Fault);
    }

    [Fact]
    public void A_body_that_is_none_is_rejected()
    {
        Apply(Policy(3, attempts: 7), "a", 10);
        var bad = new Resource { Kind = "policy", Name = "users", Version = 4, Body = ByteString.CopyFrom(0xff, 0xff) };
        Assert.Equal("body: is no ServiceConfig", Apply(bad, "a", 11).Fault);
        Assert.Equal((7, 3), Attempts());
    }

    private Verdict Apply(Resource resource, string store, long revision) => _kind.Apply(resource, new Origin(store, revision));

    private static Resource Policy(long version, uint attempts) => new()
    {
        Kind = "policy",
        Name = "users",
        Version = version,
        Body = new ServiceConfig { Retry = new Retry { MaxAttempts = attempts } }.ToByteString(),
    };

    private (int Attempts, long Version) Attempts()
    {
        _directory.SetEndpoints("users", 1, true, []);
        _directory.Publish();
        var cluster = _directory.Current.Find(Encoding.UTF8.GetBytes("users"))!;
        return (cluster.Policy.Retry.MaxAttempts, cluster.PolicyVersion);
    }
}
