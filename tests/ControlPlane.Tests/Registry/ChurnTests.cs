using Mesh.ControlPlane.Registry;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Tests.Registry;

/// <summary>Services that come and go without end, and what others notice of it: nothing.</summary>
public sealed class ChurnTests
{
    [Fact]
    public async Task A_service_that_never_rests_pushes_nobody_else_s_changes_out_of_the_log()
    {
        using var fixture = new RegistryFixture(new RegistryOptions { ChangeLogLength = 160 });
        fixture.Register(Make.Registration("users", "seen"));
        var seen = fixture.Registry.State.Revision;
        fixture.Register(Make.Registration("users", "missed"));
        for (var i = 0; i < 1000; i++)
        {
            fixture.Register(Make.Registration("restless", $"i{i}"));
        }

        fixture.Register(Make.Registration("users", "missed too"));

        await using var users = new EventReader(fixture.Registry.Watch(["users"], seen)!);
        Assert.Equal(["missed", "missed too"], (await users.ChangesUntilAsync(fixture.Registry.State.Revision)).Select(change => change.Instance.Id));
        // Of its own, and of all, something is missing: that is said, and not left out.
        await using var restless = new EventReader(fixture.Registry.Watch(["restless"], seen)!);
        Assert.Equal(fixture.Registry.State.Revision, (await restless.SnapshotAsync()).Revision);
        await using var all = new EventReader(fixture.Registry.Watch([], seen)!);
        Assert.Equal(fixture.Registry.State.Revision, (await all.SnapshotAsync()).Revision);
        // What it has of the restless one is the newest.
        await using var newest = new EventReader(fixture.Registry.Watch([], fixture.Registry.State.Revision - 5)!);
        Assert.Equal(5, (await newest.ChangesUntilAsync(fixture.Registry.State.Revision)).Count);
    }

    [Fact]
    public async Task The_log_has_what_it_says_it_has_whatever_comes()
    {
        using var fixture = new RegistryFixture(new RegistryOptions { ChangeLogLength = 64, ChangeLogBytes = 8 * 1024 });
        var random = new Random(7);
        var all = new List<(long Revision, string Service)>();
        for (var i = 0; i < 3000; i++)
        {
            // Some are much more restless than others.
            var service = $"service-{(int)(20 * Math.Pow(random.NextDouble(), 3))}";
            fixture.Register(Make.Registration(service, $"i{i}"));
            all.Add((fixture.Registry.State.Revision, service));
            if (i % 50 != 0)
            {
                continue;
            }

            var watched = all[random.Next(all.Count)].Service;
            var from = all[Math.Max(0, all.Count - 1 - random.Next(200))].Revision;
            var expected = all.Where(change => change.Revision > from && change.Service == watched).Select(change => change.Revision).ToList();
            if (expected.Count == 0)
            {
                continue;
            }

            await using var events = new EventReader(fixture.Registry.Watch([watched], from)!);
            var first = await events.NextAsync();
            if (first.Snapshot is null)
            {
                Assert.Equal(expected, [first.Change.Revision, .. expected.Count == 1 ? [] : (await events.ChangesUntilAsync(expected[^1])).Select(change => change.Revision)]);
            }
        }
    }

    [Fact]
    public void A_service_that_comes_and_goes_without_end_makes_no_other_forgotten()
    {
        using var fixture = new RegistryFixture(new RegistryOptions { MaxStoppedServices = 3 });
        foreach (var name in new[] { "a", "b" })
        {
            fixture.Register(Make.Registration(name));
            fixture.Deregister(name, "orders-1");
        }

        for (var i = 0; i < 100; i++)
        {
            fixture.Register(Make.Registration("restless"));
            fixture.Deregister("restless", "orders-1");
        }

        Assert.Equal(["a", "b", "restless"], fixture.Registry.State.Services.Keys);
    }

    [Fact]
    public async Task What_a_service_served_goes_with_its_last_instance_and_comes_back_with_the_next()
    {
        using var fixture = new RegistryFixture();
        for (var i = 0; i < 20; i++)
        {
            fixture.Register(Large($"service-{i}", 200 * 1024));
            fixture.Deregister($"service-{i}");
        }

        Assert.Equal(20, fixture.Registry.State.Services.Count);
        Assert.InRange(fixture.Registry.State.Bytes, 1, 20 * 100);
        var stored = await fixture.Store.LoadAsync(Bound.Token());
        Assert.InRange(stored.Entries.Sum(entry => entry.Value.Length), 1, 20 * 200);

        fixture.Register(Large("service-3", 1000));
        Assert.Single(fixture.Registry.State.Services["service-3"].Said.Methods);
    }

    [Fact]
    public void Registrations_are_bounded_in_bytes_and_who_is_there_stays()
    {
        using var fixture = new RegistryFixture(new RegistryOptions { MaxBytes = 1024 * 1024 });
        var holders = new List<LeaseHolder>();
        var refused = 0;
        for (var i = 0; i < 20; i++)
        {
            var holder = new LeaseHolder();
            if (fixture.Register(Large($"service-{i}", 100 * 1024), holder) == RegisterOutcome.Applied)
            {
                holders.Add(holder);
            }
            else
            {
                refused++;
            }
        }

        Assert.InRange(fixture.Registry.State.Bytes, 900 * 1024, 1024 * 1024);
        Assert.Equal(20, holders.Count + refused);
        Assert.Equal(holders.Count, fixture.Registry.State.InstanceCount);
        Assert.Contains("bytes of at most 1048576", fixture.Registry.Fullness, StringComparison.Ordinal);

        // One that is there changes something and stays as large; one more has room when another has gone.
        var moved = Large("service-0", 100 * 1024);
        moved.Instance.Port = 9999;
        Assert.Equal(RegisterOutcome.Applied, fixture.Register(moved, holders[0]));
        Assert.Equal(9999u, fixture.Find("service-0")!.Port);
        Assert.True(fixture.Deregister("service-1"));
        fixture.Register(Large("another", 90 * 1024));
    }

    private static Registration Large(string service, int bytes)
    {
        var registration = Make.Registration(service);
        registration.Methods.Add(new ServedMethod { Protocol = "grpc", Path = "/" + new string('a', bytes) });
        return registration;
    }
}
