using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mesh.Tests;

/// <summary>
/// Real members of a real etcd, on ports and in a folder of their own. Members are killed, stopped and continued by their pids, and
/// all of it is gone at the end.
/// </summary>
internal sealed class EtcdCluster : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-etcd-").FullName;
    private readonly List<Member> _members = [];
    private readonly List<EtcdLinks> _links = [];
    private readonly IReadOnlyList<string> _more;

    private EtcdCluster(int members, IReadOnlyList<string> more, string scheme, bool canBeCut)
    {
        _more = more;
        Scheme = scheme;
        for (var i = 0; i < members; i++)
        {
            var (client, peer) = (FreePort(), FreePort());
            _members.Add(new Member($"m{i}", client, peer));
            if (canBeCut)
            {
                _links.Add(new EtcdLinks(client, peer));
            }
        }
    }

    public string Scheme { get; }

    public int Count => _members.Count;

    /// <summary>The members' client URLs.</summary>
    public IReadOnlyList<Uri> Urls => [.. _members.Select((member, i) => new Uri($"{Scheme}://127.0.0.1:{(_links.Count > 0 ? _links[i].Client.Port : member.Client)}"))];

    /// <summary>As the control plane's option is written.</summary>
    public string Option => "etcd:" + string.Join(',', Urls.Select(url => url.GetLeftPart(UriPartial.Authority)));

    /// <summary>Started, and with a leader.</summary>
    /// <param name="members">How many.</param>
    /// <param name="scheme">https takes the files in <paramref name="more"/>.</param>
    /// <param name="more">Options of etcd.</param>
    public static Task<EtcdCluster> StartAsync(int members = 1, string scheme = "http", params string[] more) =>
        StartAsync(new EtcdCluster(members, more, scheme, canBeCut: false));

    /// <summary>The same, with ways to and between the members that can be cut.</summary>
    /// <param name="members">How many.</param>
    public static Task<EtcdCluster> StartOnLinksAsync(int members) => StartAsync(new EtcdCluster(members, [], "http", canBeCut: true));

    private static async Task<EtcdCluster> StartAsync(EtcdCluster cluster)
    {
        for (var i = 0; i < cluster.Count; i++)
        {
            cluster.Start(i);
        }

        if (cluster.Scheme == "http")
        {
            await cluster.ReadyAsync();
        }

        return cluster;
    }

    /// <summary>Every member that runs serves with a leader.</summary>
    public async Task ReadyAsync()
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        foreach (var member in _members.Where(member => member.Process is not null))
        {
            await Condition.HoldsAsync(
                () => IsHealthyAsync(http, member), () => $"etcd's member {member.Name} is healthy; it says {File.ReadLines(LogOf(member)).LastOrDefault()}", Bound);
        }
    }

    /// <summary>Starts a member that was killed, with what it has on its disk.</summary>
    public void Start(int index)
    {
        var member = _members[index];
        // A shell that kills it when we are gone, however we ended.
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] arguments =
        [
            "etcd", "--name", member.Name, "--data-dir", DataOf(index), "--initial-cluster", Peers, "--initial-cluster-token", _folder,
            "--initial-cluster-state", "new",
            "--listen-client-urls", Client(member), "--advertise-client-urls", Client(member),
            "--listen-peer-urls", $"http://127.0.0.1:{member.Peer}", "--initial-advertise-peer-urls", PeerOf(index),
            "--log-level", "error", "--logger", "zap", .. _more,
        ];
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{string.Join(' ', arguments)} >>{LogOf(member)} 2>&1 </dev/null & echo $!; read end; kill -9 $! 2>/dev/null");
        member.Process = Process.Start(start)!;
        using var late = KillAfterBound(member.Process);
        member.Id = member.Process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"the shell that starts etcd's member {member.Name} says nothing");
    }

    /// <summary>Which member leads, as etcdctl says; the one that is no member's fault otherwise.</summary>
    public async Task<int> LeaderAsync()
    {
        var leader = -1;
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(1) };
        await Condition.HoldsAsync(FindAsync, () => "etcd has a leader", Bound);
        return leader;

        async Task<bool> FindAsync()
        {
            for (var i = 0; i < _members.Count && leader < 0; i++)
            {
                try
                {
                    var text = await http.GetStringAsync($"http://127.0.0.1:{_members[i].Client}/metrics");
                    leader = text.Contains("\netcd_server_is_leader 1", StringComparison.Ordinal) ? i : -1;
                }
                catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException)
                {
                    // It does not run.
                }
            }

            return leader >= 0;
        }
    }

    public void Kill(int index)
    {
        var process = _members[index].Process!;
        Signal(index, "KILL");
        process.StandardInput.Close();
        using (KillAfterBound(process))
        {
            process.WaitForExit(Bound);
        }

        process.Dispose();
        _members[index].Process = null;
    }

    public void Stop(int index) => Signal(index, "STOP");

    public void Continue(int index) => Signal(index, "CONT");

    /// <summary>Cuts a member off from the others; who asks it still reaches it.</summary>
    public void CutOff(int index)
    {
        var own = new OpenSockets(_members[index].Id);
        for (var i = 0; i < Count; i++)
        {
            _links[i].Peer.Cut(i == index ? null : own.Has);
        }
    }

    /// <summary>Cuts all members off from who asks them; among themselves they go on.</summary>
    public void CutOffClients() => _links.ForEach(links => links.Client.Cut());

    /// <summary>All ways are open again.</summary>
    public void MendLinks()
    {
        foreach (var links in _links)
        {
            links.Peer.Mend();
            links.Client.Mend();
        }
    }

    /// <summary>CPU that all members have taken.</summary>
    public TimeSpan Cpu()
    {
        var all = TimeSpan.Zero;
        foreach (var member in _members.Where(member => member.Process is not null))
        {
            using var process = Process.GetProcessById(int.Parse(member.Id, CultureInfo.InvariantCulture));
            all += process.TotalProcessorTime;
        }

        return all;
    }

    /// <summary>Runs etcdctl against the first member that runs.</summary>
    public async Task<string> ControlAsync(params string[] arguments)
    {
        var member = _members.First(member => member.Process is not null);
        var start = new ProcessStartInfo("etcdctl", ["--endpoints", Client(member), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ETCDCTL_API"] = "3";
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var late = KillAfterBound(process);
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await text : throw new InvalidOperationException($"etcdctl {string.Join(' ', arguments)}: {await errors}");
    }

    /// <summary>Puts a backup in the place of all that the members have, as a cluster of its own; they run again then.</summary>
    public async Task RestoreAsync(string backup)
    {
        for (var i = 0; i < _members.Count; i++)
        {
            if (_members[i].Process is not null)
            {
                Kill(i);
            }

            Directory.Delete(DataOf(i), recursive: true);
            var start = new ProcessStartInfo("etcdctl",
            [
                "snapshot", "restore", backup, "--name", _members[i].Name, "--initial-cluster", Peers, "--initial-cluster-token", _folder + "-restored",
                "--initial-advertise-peer-urls", PeerOf(i), "--data-dir", DataOf(i),
            ])
            { RedirectStandardError = true, RedirectStandardOutput = true };
            start.Environment["ETCDCTL_API"] = "3";
            using var process = Process.Start(start)!;
            using var late = KillAfterBound(process);
            var errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException($"etcdctl snapshot restore: {errors}");
            }
        }

        for (var i = 0; i < _members.Count; i++)
        {
            Start(i);
        }

        await ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < _members.Count; i++)
        {
            if (_members[i].Process is not null)
            {
                Kill(i);
            }
        }

        foreach (var links in _links)
        {
            await links.Client.DisposeAsync();
            await links.Peer.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string Peers => string.Join(',', _members.Select((member, i) => $"{member.Name}={PeerOf(i)}"));

    /// <summary>Where the others reach a member.</summary>
    private string PeerOf(int index) => $"http://127.0.0.1:{(_links.Count > 0 ? _links[index].Peer.Port : _members[index].Peer)}";

    private string Client(Member member) => $"{Scheme}://127.0.0.1:{member.Client}";

    private string DataOf(int index) => Path.Combine(_folder, $"data-{index}");

    private string LogOf(Member member) => Path.Combine(_folder, member.Name + ".log");

    private void Signal(int index, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _members[index].Id]);
        kill.WaitForExit(Bound);
    }

    // What hangs fails the test that waits for it, and no other.
    private static ITimer KillAfterBound(Process process) => TimeProvider.System.CreateTimer(
        static state =>
        {
            try
            {
                ((Process)state!).Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended, and is disposed of.
            }
        },
        process, Bound, Timeout.InfiniteTimeSpan);

    private static async Task<bool> IsHealthyAsync(HttpClient http, Member member)
    {
        try
        {
            return (await http.GetStringAsync($"http://127.0.0.1:{member.Client}/health")).Contains("true", StringComparison.Ordinal);
        }
        catch (Exception notYet) when (notYet is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Member(string name, int client, int peer)
    {
        public string Name => name;

        public int Client => client;

        public int Peer => peer;

        public Process? Process { get; set; }

        /// <summary>Of etcd itself.</summary>
        public string Id { get; set; } = "";
    }
}
