using System.Text;
using Google.Protobuf;
using Mesh.Hosting;
using Mesh.Sidecar.Discovery.Cache;
using Mesh.V1;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class SnapshotCacheTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mesh-cache-");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly ToldText _told = new();
    private CancellationTokenSource _stop = new();
    private readonly List<CachedResource> _inForce = [Cached("users", 3), Cached("orders", 4)];

    private string Path => System.IO.Path.Combine(_folder.FullName, "web.snapshot");

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_one_process_has_kept_the_next_one_goes_by_and_knows_its_age()
    {
        await WriteAsync(Cache());
        _time.Advance(TimeSpan.FromMinutes(7));
        var next = Cache();
        var taken = new List<CachedResource>();
        Assert.True(next.Load(resource =>
        {
            taken.Add(resource);
            return null;
        }));
        Assert.Equal(_inForce, taken);
        Assert.InRange(next.Age!.Value, TimeSpan.FromMinutes(7), TimeSpan.FromMinutes(8));
        Assert.Contains("calls go by the snapshot", Told(), StringComparison.Ordinal);
        next.OnConfirmed();
        Assert.Null(next.Age);
        Assert.Equal(["web.snapshot"], _folder.GetFiles().Select(file => file.Name));
    }

    [Fact]
    public async Task The_old_one_stands_whole_until_the_next_takes_its_place()
    {
        await WriteAsync(Cache());
        var old = await File.ReadAllBytesAsync(Path);
        using var reader = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _inForce.Add(Cached("mail", 5));
        await WriteAsync(Cache());
        var seen = new MemoryStream();
        await reader.CopyToAsync(seen);
        Assert.Equal(old, seen.ToArray());
        Assert.NotEqual(old, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public void Without_one_nothing_is_said()
    {
        Assert.False(Cache().Load(_ => null));
        Assert.Empty(Told());
    }

    [Theory]
    [InlineData("flip", "is damaged")]
    [InlineData("cut", "is damaged")]
    [InlineData("newer", "is of another version of this program")]
    [InlineData("else", "is no snapshot")]
    [InlineData("empty", "is no snapshot")]
    [InlineData("folder", "")]
    public async Task One_that_cannot_be_right_is_a_line_and_no_more(string how, string why)
    {
        await WriteAsync(Cache());
        var bytes = await File.ReadAllBytesAsync(Path);
        File.Delete(Path);
        switch (how)
        {
            case "flip":
                bytes[^1] ^= 1;
                break;
            case "cut":
                bytes = bytes[..^5];
                break;
            case "newer":
                bytes = [.. "mesh-snapshot 2\n"u8, .. bytes];
                break;
            case "else":
                bytes = Encoding.UTF8.GetBytes("services: []\n");
                break;
            case "empty":
                bytes = [];
                break;
        }

        if (how == "folder")
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            await File.WriteAllBytesAsync(Path, bytes);
        }

        Assert.False(Cache().Load(_ => throw new InvalidOperationException("must not be believed")));
        if (why.Length > 0)
        {
            Assert.EndsWith($"the snapshot {Path} is not used: it {why}", Told().Trim(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task That_of_another_service_is_not_used()
    {
        await WriteAsync(new SnapshotCache(_folder.FullName, "mail", _time, Log()));
        File.Move(System.IO.Path.Combine(_folder.FullName, "mail.snapshot"), Path);
        Assert.False(Cache().Load(_ => null));
        Assert.EndsWith("is not used: it is of service 'mail'", Told().Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_used_of_it_is_left_out_and_said_once()
    {
        await WriteAsync(Cache());
        Assert.True(Cache().Load(resource => resource.Resource.Name == "users" ? "makes no sense" : null));
        Assert.Contains("1 of 2 resources", Told(), StringComparison.Ordinal);
        Assert.Contains("policy of users: makes no sense", Told(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_warning_and_a_count()
    {
        var file = System.IO.Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "");
        var cache = new SnapshotCache(System.IO.Path.Combine(file, "below"), "web", _time, Log());
        var running = cache.RunAsync(() => _inForce, _stop.Token);
        for (var i = 1; i <= 3; i++)
        {
            cache.OnChanged();
            await AdvanceUntilAsync(() => cache.State.Failures >= i);
        }

        await EndAsync(running);
        Assert.NotNull(cache.State.LastError);
        Assert.Single(Told().Split('\n'), line => line.Contains("cannot be written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_burst_of_changes_is_written_once()
    {
        var cache = Cache();
        var asked = 0;
        var running = cache.RunAsync(
            () =>
            {
                Interlocked.Increment(ref asked);
                return _inForce;
            },
            _stop.Token);
        for (var i = 0; i < 100; i++)
        {
            cache.OnChanged();
        }

        await AdvanceUntilAsync(() => cache.State.Written is not null);
        await EndAsync(running);
        Assert.InRange(asked, 1, 2);
    }

    private async Task WriteAsync(SnapshotCache cache)
    {
        var running = cache.RunAsync(() => _inForce, _stop.Token);
        cache.OnChanged();
        await AdvanceUntilAsync(() => cache.State.Written is not null);
        await EndAsync(running);
        _told.Clear();
    }

    private async Task EndAsync(Task running)
    {
        await _stop.CancelAsync();
        await running.WaitAsync(Wait.Limit);
        _stop.Dispose();
        _stop = new CancellationTokenSource();
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(200));
        return condition();
    });

    private SnapshotCache Cache() => new(_folder.FullName, "web", _time, Log());

    private static CachedResource Cached(string service, long version) => new()
    {
        Resource = new Resource { Kind = "policy", Name = service, Version = version, Body = new ServiceConfig().ToByteString() },
        StoreId = "store-1",
        Revision = 9,
    };

    private Log Log() => new(LogLevel.Information, _told, _time);

    private string Told() => _told.ToString();
}
