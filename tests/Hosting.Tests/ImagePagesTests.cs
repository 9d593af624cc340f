namespace Mesh.Hosting.Tests;

public sealed class ImagePagesTests
{
    /// <summary>As proc_pid_smaps(5) has it; of the many lines of each mapping those that count, and some others.</summary>
    private const string Mappings = """
        00400000-00405000 r--p 00000000 fe:00 42                                 /opt/mesh-sidecar
        Size:                 20 kB
        Rss:                  20 kB
        Anonymous:             0 kB
        VmFlags: rd mr mw me sd
        00405000-00c28000 r-xp 00004000 fe:00 42                                 /opt/mesh-sidecar
        Rss:                6732 kB
        Anonymous:             0 kB
        00c28000-00e15000 r-xp 00827000 fe:00 42                                 /opt/with a breakpoint
        Rss:                1524 kB
        Anonymous:             4 kB
        00e15000-00e16000 r--p 00a14000 fe:00 42                                 /opt/mesh-sidecar
        Rss:                   0 kB
        Anonymous:             0 kB
        010de000-014f8000 rw-p 00cdd000 fe:00 42                                 /opt/mesh-sidecar
        Rss:                4072 kB
        Anonymous:             0 kB
        24ee8000-24f09000 rw-p 00000000 00:00 0                                  [heap]
        Rss:                 104 kB
        Anonymous:           104 kB
        7f78fd800000-7f78fdbf1000 r--p 00000000 00:00 0
        Rss:                 100 kB
        Anonymous:             0 kB
        7f84c4f4e000-7f84c4f74000 r--s 00000000 fe:00 43                         /dev/shm/shared
        Rss:                 100 kB
        Anonymous:             0 kB
        7ffc1be84000-7ffc1be86000 r-xp 00000000 00:00 0                          [vdso]
        Rss:                   4 kB
        Anonymous:             0 kB
        """;

    [Fact]
    public void Only_what_is_as_it_is_in_its_file_goes()
    {
        var released = new List<(ulong, ulong)>();
        var bytes = ImagePages.Release(Mappings.Split('\n'), (start, length) =>
        {
            released.Add((start, length));
            return true;
        });
        Assert.Equal([(0x400000, 0x5000), (0x405000, 0x823000)], released);
        Assert.Equal((20 + 6732) * 1024, bytes);
    }

    [Fact]
    public void What_the_system_keeps_is_not_counted() => Assert.Equal(0, ImagePages.Release(Mappings.Split('\n'), (_, _) => false));

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("zz-00405000 r--p 0 0 1 /x")]
    [InlineData("00400000-00405000 ")]
    [InlineData("Rss: much\nAnonymous:")]
    public void Lines_that_are_none_mean_nothing(string lines) =>
        Assert.Equal(0, ImagePages.Release(lines.Split('\n'), (_, _) => throw new InvalidOperationException("nothing was named")));

    [Fact]
    public void A_process_goes_on_without_its_pages()
    {
        var released = ImagePages.Release();
        Assert.True(released > 0 || !OperatingSystem.IsLinux());
        Assert.Equal("it runs", string.Join(' ', "it", "runs"));
    }
}
