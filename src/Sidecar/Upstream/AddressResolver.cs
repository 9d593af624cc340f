using System.Net;
using System.Net.Sockets;

namespace Mesh.Sidecar.Upstream;

/// <summary>
/// Looks up the host names of endpoints: as an endpoint appears, from then on regularly, and soon after it could not be
/// reached. Nobody waits for it: a snapshot is published with names that are not known yet, and calls, which wait no longer
/// than for a connection, go on when they are. An answer holds until there is another one. <see cref="RunAsync"/> runs once.
/// </summary>
/// <param name="endpoints">All there are at the moment. Any thread.</param>
/// <param name="changed">Completes when there may be others. Any thread.</param>
/// <param name="lookUp">Asks the system, for as long as it takes.</param>
/// <param name="random">For the jitter.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of names that do not resolve, and of those that move.</param>
internal sealed class AddressResolver(
    Func<IEnumerable<Endpoint>> endpoints,
    Func<Task> changed,
    Func<string, IPAddress[]> lookUp,
    Random random,
    TimeProvider time,
    Log log)
{
    /// <summary>Between two look-ups of a name. The system does not tell how long an answer holds.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>After it calls are told that there is no answer; one that comes later is taken all the same.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Between two look-ups of a name that does not resolve, at first, or that leads nowhere.</summary>
    public static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>At once: the system's resolver holds a thread until it has an answer, which may take minutes.</summary>
    public const int MostLookUps = 8;

    /// <summary>So that sidecars started together do not ask together for ever.</summary>
    private const double Jitter = 0.2;

    private readonly Dictionary<string, HostName> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _threads = new(MostLookUps);
    private TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _round;

    /// <summary>The system's resolver.</summary>
    public static IPAddress[] AskSystem(string host) => Dns.GetHostAddresses(host);

    /// <summary>Looks names up until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Taken before anything is looked at, so that nothing that happens meanwhile is missed.
            var change = changed();
            var woken = Volatile.Read(ref _woken).Task;
            Follow();
            var pause = Begin(time.GetTimestamp());
            await ((Task)Task.WhenAny(change, woken)).WaitAsync(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (woken.IsCompleted)
            {
                Volatile.Write(ref _woken, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }
    }

    /// <summary>What is known is handed to the endpoints; names that none has any more are forgotten.</summary>
    private void Follow()
    {
        _round++;
        foreach (var endpoint in endpoints())
        {
            if (endpoint.HostName is not { } host)
            {
                continue;
            }

            if (!_names.TryGetValue(host, out var name))
            {
                _names[host] = name = new HostName(host, time.GetTimestamp(), Wake);
            }

            name.Round = _round;
            endpoint.WhenUnreachable ??= name.Suspect;
            if (name.Addresses.Count > 0)
            {
                endpoint.MoveTo([.. name.Addresses.Select(address => new IPEndPoint(address, endpoint.Port))]);
            }
            else if (name.Failure is { } why)
            {
                endpoint.FailLookUp($"the name '{host}' does not resolve: {why}");
            }
        }

        foreach (var (host, name) in _names)
        {
            if (name.Round != _round && !name.IsAsked)
            {
                _names.Remove(host);
            }
        }
    }

    /// <summary>Begins the look-ups that are due.</summary>
    /// <returns>The time until the next one.</returns>
    private TimeSpan Begin(long now)
    {
        var pause = Interval;
        foreach (var name in _names.Values)
        {
            if (name.IsAsked)
            {
                continue;
            }

            var left = time.GetElapsedTime(now, name.Due);
            if (left <= TimeSpan.Zero)
            {
                name.IsAsked = true;
                _ = AskAsync(name);
            }
            else if (left < pause)
            {
                pause = left;
            }
        }

        return pause;
    }

    private async Task AskAsync(HostName name)
    {
        await _threads.WaitAsync();
        try
        {
            var answer = AskOnThread(name.Host);
            await ((Task)answer).WaitAsync(Limit, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!answer.IsCompleted)
            {
                OnFailed(name, $"no answer within {DurationText.Format(Limit)}");
                Wake();
            }

            OnFound(name, InOrder(await answer));
        }
        catch (Exception e) when (e is SocketException or ArgumentException or OutOfMemoryException)
        {
            OnFailed(name, e.Message); // out of memory is out of descriptors, which a thread needs
        }
        finally
        {
            _threads.Release();
            name.OnAsked(time, TimeSpan.FromTicks((long)(PauseAfter(name).Ticks * (1 + (Jitter * ((2 * random.NextDouble()) - 1))))));
            Wake();
        }
    }

    /// <summary>A thread of its own: a few names without an answer would leave the pool none for anything else.</summary>
    private Task<IPAddress[]> AskOnThread(string host)
    {
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                answer.SetResult(lookUp(host));
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        })
        { IsBackground = true, Name = "look-up" }.Start();
        return answer.Task;
    }

    private void OnFound(HostName name, IReadOnlyList<IPAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            OnFailed(name, "it has no address");
            return;
        }

        if (name.Failure is not null)
        {
            log.Info($"the name '{name.Host}' resolves again");
        }
        else if (name.Addresses.Count > 0 && !name.Addresses.SequenceEqual(addresses))
        {
            log.Info($"the name '{name.Host}' has moved from {string.Join(", ", name.Addresses)} to {string.Join(", ", addresses)}");
        }

        name.OnResolved(addresses);
    }

    private void OnFailed(HostName name, string why)
    {
        if (name.Failure != why)
        {
            log.Warn($"the name '{name.Host}' does not resolve: {why}; {(name.Addresses.Count > 0 ? "its last addresses hold" : "trying on")}");
        }

        name.Fail(why);
    }

    private static TimeSpan PauseAfter(HostName name)
    {
        var pause = name.Failures == 0 ? Interval : ShortestPause * (1 << Math.Min(name.Failures - 1, 5));
        return pause < Interval ? pause : Interval;
    }

    private void Wake() => Volatile.Read(ref _woken).TrySetResult();

    /// <summary>IPv4 first: it is what containers have. Sorted, so that a resolver that turns its answers changes nothing.</summary>
    private static IReadOnlyList<IPAddress> InOrder(IPAddress[] addresses) =>
    [
        .. addresses
            .Where(address => address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
            .Distinct()
            .OrderBy(address => address.AddressFamily == AddressFamily.InterNetworkV6)
            .ThenBy(address => address.ToString(), StringComparer.Ordinal),
    ];
}
