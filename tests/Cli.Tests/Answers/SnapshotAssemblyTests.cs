using Mesh.Cli.Answers;
using Mesh.V1;

namespace Mesh.Cli.Tests.Answers;

public sealed class SnapshotAssemblyTests
{
    [Fact]
    public void A_snapshot_in_one_message_is_whole()
    {
        var part = Part(more: false, "a");
        Assert.Equal(part, new SnapshotAssembly().Add(part));
    }

    [Fact]
    public void Parts_are_put_together_once_the_last_has_come_and_a_new_snapshot_begins_anew()
    {
        var assembly = new SnapshotAssembly();
        Assert.Null(assembly.Add(Part(more: true, "a", "b")));
        Assert.Null(assembly.Add(Part(more: true)));
        var whole = assembly.Add(Part(more: false, "c"))!;
        Assert.Equal((7, false), (whole.Revision, whole.More));
        Assert.Equal(["a", "b", "c"], whole.Instances.Select(instance => instance.Id));
        Assert.Equal(["of-a", "of-b", "of-c"], whole.Services.Select(service => service.Name));

        Assert.Equal("d", Assert.Single(assembly.Add(Part(more: false, "d"))!.Instances).Id);
    }

    private static RegistrySnapshot Part(bool more, params string[] ids) => new()
    {
        Revision = 7,
        Services = { ids.Select(id => new Service { Name = $"of-{id}" }) },
        Instances = { ids.Select(id => new Instance { Id = id }) },
        More = more,
    };
}
