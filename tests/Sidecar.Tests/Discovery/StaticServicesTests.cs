using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Mesh.Sidecar.Tests.Discovery;

public sealed class StaticServicesTests : IAsyncDisposable
{
    private const string One = "services:\n- name: a\n  endpoints:\n  - address: 127.0.0.1:1\n";
    private const string Two = "services:\n- name: a\n  endpoints:\n  - address: 127.0.0.1:2\n- name: b\n  endpoints:\n  - address: 127.0.0.1:3\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-").FullName;
    private readonly string _file;
    private readonly FakeTimeProvider _time = new();
    private readonly ToldText _told = new();
    private readonly ServiceDirectory _directory;
    private readonly StaticServices _services;
    private readonly CancellationTokenSource _stop = new();
    private Task _watching = Task.CompletedTask;

    public StaticServicesTests()
    {
        _file = Path.Combine(_folder, "mesh.yaml");
        _directory = new ServiceDirectory([], isWhole: true, _time);
        _services = new StaticServices(_file, _directory, _time, new Log(LogLevel.Information, _told, _time));
    }

    [Theory]
    [InlineData("", "names no services; write 'services: []' if there are none to call")]
    [InlineData("{}\n", "names no services; write 'services: []' if there are none to call")]
    [InlineData("# services: none yet\n", "names no services; write 'services: []' if there are none to call")]
    [InlineData("servces: []\n", "servces")]
    public void A_file_that_says_nothing_or_nonsense_is_refused(string text, string fault)
    {
        File.WriteAllText(_file, text);
        Assert.False(_services.TryLoad(out var faults));
        Assert.Contains(fault, Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_says_in_vain_is_told_once_with_its_place_and_holds()
    {
        File.WriteAllText(_file, One + "  config:\n    retry: {max_attempts: 1, codes: [UNAVAILABLE]}\n    rate_limits: [{requests: 5, shared: true}]\n");
        Assert.True(_services.TryLoad(out _));
        Assert.True(_services.TryLoad(out _));
        var told = _told.ToString()!;
        Assert.Equal(2, told.Split("has no effect").Length - 1);
        Assert.Matches(@"--static: .*mesh\.yaml:\d+:\d+: services\[0\]\.config\.retry\.codes: has no effect because of max_attempts: 1", told);
        Assert.Contains("services[0].config.rate_limits[0].shared: has no effect in a static file: without a control plane nobody divides it", told, StringComparison.Ordinal);
        Assert.Single(_directory.SharedLimits);
    }

    [Fact]
    public void A_file_may_say_that_there_are_no_services()
    {
        File.WriteAllText(_file, "services: []\n");
        Assert.True(_services.TryLoad(out _));
        Assert.True(_directory.Current.IsWhole);
    }

    [Fact]
    public void What_it_says_of_the_service_beside_us_holds_for_the_calls_that_come_in()
    {
        var directory = new ServiceDirectory([], isWhole: true, _time, app: Sole.App("b", "b-1", "127.0.0.1:9"));
        var services = new StaticServices(_file, directory, _time, new Log(LogLevel.Information, TextWriter.Null, _time));
        int limit() => directory.Current.Inbound!.Policy.Limits.MaxConcurrentRequests;
        File.WriteAllText(_file, Two + "  inbound: {limits: {max_concurrent_requests: 3}}\n");
        Assert.True(services.TryLoad(out _));
        Assert.Equal(3, limit());
        File.WriteAllText(_file, One + "  inbound: {limits: {max_concurrent_requests: 4}}\n");
        Assert.True(services.TryLoad(out _));
        Assert.Equal(1_000_000, limit());
    }

    [Fact]
    public async Task What_is_written_into_the_file_takes_force_and_what_is_taken_out_goes()
    {
        Start(One);
        File.WriteAllText(_file, Two);
        await UntilAsync("a 127.0.0.1:2, b 127.0.0.1:3");
        File.WriteAllText(_file, One);
        await UntilAsync("a 127.0.0.1:1");
        await Wait.UntilAsync(() => Told.Contains("was read again: 1 service", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_renamed_over_it_counts()
    {
        Start(One);
        File.WriteAllText(_file + ".new", Two);
        File.Move(_file + ".new", _file, overwrite: true);
        await UntilAsync("a 127.0.0.1:2, b 127.0.0.1:3");
    }

    [Fact]
    public async Task A_link_above_it_that_is_swapped_counts_as_for_a_mounted_config_map()
    {
        foreach (var (version, text) in (ReadOnlySpan<(string, string)>)[("..1", One), ("..2", Two)])
        {
            Directory.CreateDirectory(Path.Combine(_folder, version));
            File.WriteAllText(Path.Combine(_folder, version, "mesh.yaml"), text);
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder, "..data"), "..1");
        File.CreateSymbolicLink(_file, Path.Combine("..data", "mesh.yaml"));
        Start(null);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "..data_tmp"), "..2");
        Directory.Delete(Path.Combine(_folder, "..data"));
        Directory.Move(Path.Combine(_folder, "..data_tmp"), Path.Combine(_folder, "..data"));
        await UntilAsync("a 127.0.0.1:2, b 127.0.0.1:3");
    }

    [Fact]
    public async Task A_bad_file_or_none_leaves_the_last_good_one_and_is_told_of_once()
    {
        Start(One);
        File.WriteAllText(_file, "services:\n- name: A!\n");
        await AdvanceUntilAsync(() => Told.Contains("mesh.yaml:2:9: ", StringComparison.Ordinal));
        File.Delete(_file);
        await AdvanceUntilAsync(() => Told.Contains("cannot be read: ", StringComparison.Ordinal));
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(StaticServices.Interval);
        }

        Assert.Equal("a 127.0.0.1:1", InForce);
        Assert.Equal(1, Told.Split("cannot be read: ").Length - 1);
        File.WriteAllText(_file, Two);
        await UntilAsync("a 127.0.0.1:2, b 127.0.0.1:3");
    }

    [Fact]
    public async Task Who_asks_for_it_need_not_wait()
    {
        Start(One);
        File.WriteAllText(_file, Two);
        _services.ReadAgain();
        await Wait.UntilAsync(() => InForce == "a 127.0.0.1:2, b 127.0.0.1:3");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.WaitAsync(Wait.Limit);
        Directory.Delete(_folder, recursive: true);
    }

    private string Told => _told.ToString();

    private string InForce => string.Join(", ", _directory.Current.Clusters
        .OrderBy(cluster => cluster.Name, StringComparer.Ordinal)
        .Select(cluster => $"{cluster.Name} {cluster.Endpoints.Single().Address}"));

    private void Start(string? text)
    {
        if (text is not null)
        {
            File.WriteAllText(_file, text);
        }

        Assert.True(_services.TryLoad(out var faults), string.Join('\n', faults));
        Assert.Equal("a 127.0.0.1:1", InForce);
        _watching = Task.Run(() => _services.WatchAsync(_stop.Token));
    }

    private Task UntilAsync(string expected) => AdvanceUntilAsync(() => InForce == expected);

    private Task AdvanceUntilAsync(Func<bool> condition) => Wait.UntilAsync(() =>
    {
        _time.Advance(StaticServices.Interval);
        return condition();
    });
}
