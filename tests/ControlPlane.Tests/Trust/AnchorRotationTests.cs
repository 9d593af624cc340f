using Mesh.ControlPlane.Trust;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Trust;

/// <summary>Rotation as a decision, without certificates: nobody is ever shown what he does not believe.</summary>
public sealed class AnchorRotationTests
{
    [Fact]
    public void Everybody_learns_the_new_anchor_then_gets_certificates_of_it_then_forgets_the_old()
    {
        var record = Fresh("a");
        record = AnchorRotation.Next(record, () => Anchor("b"));
        Assert.Equal((RotationPhase.Preparing, "a", "ab"), Look(record));
        record = AnchorRotation.Next(record, Unneeded);
        Assert.Equal((RotationPhase.Moving, "b", "ab"), Look(record));
        record = AnchorRotation.Next(record, Unneeded);
        Assert.Equal((RotationPhase.Leaving, "b", "b"), Look(record));
        record = AnchorRotation.Next(record, Unneeded);
        Assert.Equal((RotationPhase.Unspecified, "b", "b"), Look(record));
    }

    [Fact]
    public void It_is_taken_back_at_once_while_nobody_has_moved()
    {
        var record = AnchorRotation.Next(Fresh("a"), () => Anchor("b"));
        Assert.Equal((RotationPhase.Unspecified, "a", "a"), Look(AnchorRotation.Undo(record)));
    }

    [Fact]
    public void Those_who_have_moved_move_back_before_the_new_anchor_goes()
    {
        var record = AnchorRotation.Undo(AnchorRotation.Next(AnchorRotation.Next(Fresh("a"), () => Anchor("b")), Unneeded));
        Assert.Equal((RotationPhase.Moving, "a", "ab"), Look(record));
        Assert.Equal("orders/1", Assert.Single(AnchorRotation.WaitedFor(record, [Holder("orders/1", "b")])).Sidecar);
        Assert.Equal((RotationPhase.Leaving, "a", "a"), Look(AnchorRotation.Next(record, Unneeded)));
    }

    [Fact]
    public void The_last_step_is_not_taken_back_and_nothing_is_not_either()
    {
        Assert.Throws<TrustException>(() => AnchorRotation.Undo(Fresh("a")));
        var record = Fresh("a");
        record.Phase = RotationPhase.Leaving;
        Assert.Throws<TrustException>(() => AnchorRotation.Undo(record));
    }

    [Fact]
    public void Whoever_is_not_as_far_is_named_with_what_is_missing()
    {
        var record = AnchorRotation.Next(AnchorRotation.Next(Fresh("a"), () => Anchor("b")), Unneeded);
        var waited = AnchorRotation.WaitedFor(
            record, [Holder("d", "b"), Holder("c", "a"), Holder("b", "b", hasApplied: false), Holder("a", "b", isConnected: false, hasApplied: false)]);
        Assert.Equal(
            [("a", "is not connected, and has not taken the anchors"), ("b", "has not taken the anchors yet"), ("c", "has a certificate of the other anchor still")],
            waited.Select(one => (one.Sidecar, one.Why)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whatever_people_and_sidecars_do_in_whatever_order_everybody_believes_everybody(int seed)
    {
        var random = new Random(seed);
        var record = Fresh("0");
        var anchors = 0;
        var sidecars = Enumerable.Range(0, 4).Select(i => new Model($"s{i}", "0", "0")).ToList();
        for (var step = 0; step < 5000; step++)
        {
            var one = random.Next(sidecars.Count);
            switch (random.Next(4))
            {
                case 0: // takes the bundle
                    sidecars[one] = sidecars[one] with { Believes = Bundle(record) };
                    break;
                case 1: // gets a certificate, and the bundle with it
                    sidecars[one] = sidecars[one] with { Believes = Bundle(record), Shows = record.Issuing };
                    break;
                case 2:
                    var holders = sidecars.Select(model => Holder(model.Name, model.Shows, hasApplied: model.Believes == Bundle(record)));
                    if (AnchorRotation.WaitedFor(record, holders).Count == 0)
                    {
                        record = AnchorRotation.Next(record, () => Anchor($"{(char)('a' + ++anchors)}"));
                    }

                    break;
                default:
                    if (random.Next(4) == 0 && record.Phase is RotationPhase.Preparing or RotationPhase.Moving)
                    {
                        record = AnchorRotation.Undo(record);
                    }

                    break;
            }

            Assert.All(sidecars, shower => Assert.All(sidecars, judge => Assert.Contains(shower.Shows, judge.Believes, StringComparison.Ordinal)));
        }

        Assert.True(anchors > 20, $"only {anchors} rotations were begun");
    }

    private static string Bundle(AuthorityRecord record) => string.Concat(record.Anchors.Select(anchor => anchor.Id));

    private static (RotationPhase, string, string) Look(AuthorityRecord record) => (record.Phase, record.Issuing, Bundle(record));

    private static AuthorityRecord Fresh(string id) => new() { TrustDomain = "mesh.local", Issuing = id, Anchors = { Anchor(id) } };

    private static AnchorRecord Anchor(string id) => new() { Id = id };

    private static AnchorRecord Unneeded() => throw new InvalidOperationException("no anchor is needed here");

    private static IdentityHolder Holder(string name, string anchor, bool isConnected = true, bool hasApplied = true) => new(name, anchor, isConnected, hasApplied);

    private sealed record Model(string Name, string Shows, string Believes);
}
