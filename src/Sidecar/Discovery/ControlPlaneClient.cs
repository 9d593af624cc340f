using System.Globalization;
using System.Text;
using Grpc.Core;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Cache;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Telemetry;
using Wire = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The sidecar's stream to the control plane: says who it is and what it calls, hands on what it is sent, and comes back
/// when it is lost. Meanwhile calls go by the last good snapshot. <see cref="RunAsync"/> runs once; the rest may be called
/// from any thread.
/// </summary>
internal sealed class ControlPlaneClient
{
    private readonly Wire.Hello _hello;
    private readonly ControlPlaneChannels _channels;
    private readonly ServiceDirectory _directory;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly ControlPlaneSurvey _survey;
    private readonly SnapshotCache? _cache;
    private readonly ResourceIntake _intake;
    private readonly Backoff _backoff;
    private readonly byte[][] _declared;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();

    /// <summary>Of its own, since loops take the other, and a snapshot is made under this one.</summary>
    private readonly Lock _reachGate = new();

    private readonly HashSet<string> _subscribed;
    private readonly Forgetting _forgetting;
    private readonly ITimer _reach;
    private Outgoing? _outgoing;
    private volatile ControlPlaneState _state;
    private volatile bool _isOutOfReach;

    /// <param name="hello">Who we are.</param>
    /// <param name="declared">The services that are known to be called.</param>
    /// <param name="channels">Where control planes are.</param>
    /// <param name="directory">Told what the control plane says, and asked what else is wanted.</param>
    /// <param name="random">For the pauses between attempts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    /// <param name="cache">Where the last good snapshot is; null if none is kept.</param>
    /// <param name="freed">Told how many services were forgotten; null if nobody minds.</param>
    public ControlPlaneClient(
        Wire.Hello hello,
        IEnumerable<string> declared,
        ControlPlaneChannels channels,
        ServiceDirectory directory,
        Random random,
        TimeProvider time,
        Log log,
        SnapshotCache? cache = null,
        Action<int>? freed = null)
    {
        _hello = hello;
        _channels = channels;
        _directory = directory;
        _time = time;
        _log = log;
        _cache = cache;
        _survey = new ControlPlaneSurvey(hello, channels, random, time, log);
        _intake = new ResourceIntake(directory, () => channels.Lease.ConfirmTime, time, log);
        _backoff = new Backoff(random);
        _subscribed = new HashSet<string>(declared, StringComparer.Ordinal);
        _declared = [.. _subscribed.Select(Encoding.UTF8.GetBytes)];
        _state = new ControlPlaneState(false, time.GetUtcNow(), channels[0].Url, null, null);
        foreach (var name in _declared)
        {
            directory.Declare(name); // so that its first call does not ask again
        }

        directory.Wanted += Subscribe;
        _forgetting = new Forgetting(directory, _intake, () => _state.IsConnected, Unsubscribe, Publish, freed, time, log);
        _reach = time.CreateTimer(_ => OnOutOfReach(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (cache?.Load(Restore) == true)
        {
            Publish();
        }
    }

    /// <summary>How the connection stands.</summary>
    public ControlPlaneState State => _state;

    /// <summary>What was sent and is not applied.</summary>
    public IReadOnlyCollection<Rejection> Rejected => _intake.Rejected;

    /// <summary>Endpoints that cannot be used and are left out.</summary>
    public int SkippedEndpoints => _intake.SkippedEndpoints;

    /// <summary>What stays in force although the control plane does not know it.</summary>
    public IReadOnlyCollection<KeptResource> Kept => _intake.Kept;

    /// <summary>The last good snapshot on disk; null if none is kept.</summary>
    public SnapshotCache? Cache => _cache;

    /// <summary>Control planes that were refused, with the store they go by.</summary>
    public IReadOnlyList<KeyValuePair<Uri, string>> Refused => _channels.Stores.Refused;

    /// <summary>What an operator should know besides, to be put behind "ready"; empty if there is nothing.</summary>
    public string Notes
    {
        get
        {
            var notes = new StringBuilder();
            if (_cache?.Age is { } age)
            {
                notes.Append(CultureInfo.InvariantCulture, $"; by a snapshot from disk that is {DurationText.Format(TimeSpan.FromSeconds(Math.Max(0, (long)age.TotalSeconds)))} old");
                notes.Append(CultureInfo.InvariantCulture, $", no control plane yet: {_state.LastError ?? "connecting"}");
            }

            foreach (var (url, store) in Refused)
            {
                notes.Append(CultureInfo.InvariantCulture, $"; the control plane at {ControlPlaneChannels.Shown(url)} goes by another store ({store}) and is not used");
            }

            return notes.ToString();
        }
    }

    /// <summary>
    /// Completes when a control plane was reached and has said something of every declared service, or a snapshot from disk is
    /// in force.
    /// </summary>
    public Task Answered => _answered.Task;

    /// <summary>Keeps a stream open until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _reach.Change(ServiceDirectory.Patience, Timeout.InfiniteTimeSpan);
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var channel = _channels[turn];
            var began = _time.GetTimestamp();
            var end = await StreamAsync(channel, stop).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                break;
            }

            if (_state.IsConnected && _time.GetElapsedTime(began) > Backoff.Longest)
            {
                _backoff.Reset(); // it was a good one, even if there was nothing to say
            }

            OnLost(channel.Url, end);
            // The others first, and at once: it is only when none answers that haste does harm.
            if ((turn + 1) % _channels.Count == 0)
            {
                await Task.Delay(_backoff.Next(), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _reach.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Asks the control planes of the list whether they belong together, until told to stop.</summary>
    public Task SurveyAsync(CancellationToken stop) => _channels.Count > 1 ? _survey.RunAsync(stop) : Task.CompletedTask;

    /// <summary>Forgets what nobody calls any more, until told to stop.</summary>
    public Task ForgetAsync(CancellationToken stop) => _forgetting.RunAsync(stop);

    /// <summary>Keeps the snapshot on disk up to date, until told to stop.</summary>
    public Task CacheAsync(CancellationToken stop) => _cache?.RunAsync(_intake.InForce, stop) ?? Task.CompletedTask;

    /// <summary>One stream from beginning to end.</summary>
    private async Task<StreamEnd> StreamAsync(ControlPlaneChannel channel, CancellationToken stop)
    {
        var url = channel.Url;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var outgoing = new Outgoing();
        var writing = Task.CompletedTask;
        var isGreeted = false;
        try
        {
            using var call = new Wire.Discovery.DiscoveryClient(channel.Grpc).Connect(cancellationToken: end.Token);
            writing = WriteAsync(call.RequestStream, outgoing, end.Token);
            if (await GreetAsync(call.ResponseStream, channel, end.Token).ConfigureAwait(false) is { } refusal)
            {
                return refusal;
            }

            isGreeted = true;
            BeginOutgoing(outgoing);
            OnConnected(url);
            var reader = new DiscoveryReader(_intake, channel, outgoing, OnHeard, Publish, _cache, _time);
            return new StreamEnd(await reader.ReadAsync(call.ResponseStream, end.Token).ConfigureAwait(false));
        }
        catch (Exception failure) when (channel.BrokenOff is not null && !stop.IsCancellationRequested && failure is RpcException or ObjectDisposedException)
        {
            return new StreamEnd(channel.BrokenOff!);
        }
        catch (RpcException failure) when (!isGreeted && ConnectionFailure.IsSilence(failure))
        {
            return Silent(channel);
        }
        catch (RpcException failure)
        {
            var reason = ControlPlaneChannels.Describe(failure, url);
            return new StreamEnd(reason, SaysWhere: reason.Contains(ControlPlaneChannels.Shown(url), StringComparison.Ordinal));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new StreamEnd("the sidecar ends");
        }
        finally
        {
            BeginOutgoing(null);
            await end.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static StreamEnd Silent(ControlPlaneChannel channel) =>
        new(CallFailure.Foreign($"at {ControlPlaneChannels.Shown(channel.Url)}", "it says nothing"), SaysWhere: true);

    /// <summary>Waits for the first word, by which one knows a control plane of this mesh.</summary>
    /// <returns>Why it is none; null if it is.</returns>
    private async Task<StreamEnd?> GreetAsync(IAsyncStreamReader<Wire.DiscoveryResponse> responses, ControlPlaneChannel channel, CancellationToken end)
    {
        var url = channel.Url;
        var at = $"at {ControlPlaneChannels.Shown(url)}";
        switch (await _survey.FirstWordAsync(responses, end).ConfigureAwait(false))
        {
            case null:
                return Silent(channel);
            case false:
                return new StreamEnd("it has ended the stream without a word");
        }

        if (responses.Current.StoreId is not { Length: > 0 } storeId)
        {
            return new StreamEnd(CallFailure.Foreign(at, "its first word names no store"), SaysWhere: true);
        }

        channel.OnHeard();
        if (responses.Current.LeaseTtl is { } leaseTtl)
        {
            _channels.TakeLease(leaseTtl, url);
        }

        return _survey.Judge(url, storeId) is { } refused ? new StreamEnd(refused, SaysWhere: true, IsTold: true) : null;
    }

    private void BeginOutgoing(Outgoing? outgoing)
    {
        lock (_gate)
        {
            _outgoing = outgoing;
            if (outgoing is not null && _subscribed.Count > 0)
            {
                var all = SubscribeTo(_subscribed);
                all.Subscribe.StoreId = _channels.Stores.Store ?? "";
                all.Subscribe.Known.Add(_intake.Known(_subscribed, all.Subscribe.StoreId));
                outgoing.Add(all);
            }
        }
    }

    private void Subscribe(string service)
    {
        lock (_gate)
        {
            _subscribed.Add(service);
            _outgoing?.Add(SubscribeTo([service]));
        }
    }

    /// <summary>In one with the directory's, so that who calls one again is not unsubscribed after having subscribed.</summary>
    private void Unsubscribe(IReadOnlyList<string> services)
    {
        lock (_gate)
        {
            _directory.Unwant(services);
            _subscribed.ExceptWith(services);
            _outgoing?.Add(new Wire.DiscoveryRequest { Unsubscribe = new Wire.Unsubscribe { Services = { services } } });
        }
    }

    private async Task WriteAsync(IClientStreamWriter<Wire.DiscoveryRequest> requests, Outgoing outgoing, CancellationToken end)
    {
        await requests.WriteAsync(new Wire.DiscoveryRequest { Hello = _hello }, end).ConfigureAwait(false);
        await outgoing.WriteAsync(request => requests.WriteAsync(request, end), end).ConfigureAwait(false);
    }

    private void Publish()
    {
        _directory.Publish();
        CheckAnswered();
    }

    private void CheckAnswered()
    {
        if (Array.TrueForAll(_declared, name => _directory.Current.Find(name) is not null))
        {
            _answered.TrySetResult();
        }
    }

    private string? Restore(Wire.CachedResource cached)
    {
        var name = cached.Resource?.Name ?? "";
        if (!_directory.Want(Encoding.UTF8.GetBytes(name)))
        {
            return "is not the name of a service";
        }

        var fault = _intake.Restore(cached);
        if (fault is null)
        {
            // What has no policy is called by the defaults, as the control plane has said, or would have.
            _directory.SetPolicyIfNone(name, ServicePolicyOptions.Default);
        }

        return fault;
    }

    /// <summary>It has spoken.</summary>
    private void OnConnected(Uri url)
    {
        _intake.OnConnected();
        _reach.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        lock (_reachGate)
        {
            Change(state => state with { IsConnected = true, Since = _time.GetUtcNow(), Url = url });
            _isOutOfReach = false;
            _directory.SetOutOfReach(null);
        }

        _log.Info($"connected to the control plane at {ControlPlaneChannels.Shown(url)}");
        if (_declared.Length == 0)
        {
            CheckAnswered();
        }

        if (_subscribed.Count == 0)
        {
            _cache?.OnConfirmed();
        }
    }

    private void OnHeard()
    {
        Change(state => state with { LastHeard = _time.GetUtcNow() });
        _backoff.Reset();
    }

    private void OnLost(Uri url, StreamEnd end)
    {
        var before = _state;
        var at = ControlPlaneChannels.Shown(url);
        if (before.IsConnected)
        {
            _intake.OnLost();
            _cache?.OnLost();
            _reach.Change(ServiceDirectory.Patience, Timeout.InfiniteTimeSpan);
        }

        Change(state => state with
        {
            IsConnected = false,
            Since = state.IsConnected ? _time.GetUtcNow() : state.Since,
            Url = url,
            LastError = end.Reason,
        });
        if (_isOutOfReach)
        {
            OnOutOfReach(); // callers are told the newest reason
        }

        // Last: who reads it finds that it is so.
        if (before.IsConnected)
        {
            _log.Warn($"lost the control plane at {at}: {end.Reason}; calls go on by what is known");
        }
        else if (!end.IsTold && (before.Url != url || before.LastError != end.Reason))
        {
            _log.Warn(end.SaysWhere ? $"{end.Reason}; trying on" : $"cannot reach the control plane at {at}: {end.Reason}; trying on");
        }
    }

    /// <summary>It has been away for as long as a call waits: those for what is not known need not wait any more.</summary>
    private void OnOutOfReach()
    {
        lock (_reachGate)
        {
            // The timer may have run out at the moment of the first word.
            var state = _state;
            if (state.IsConnected)
            {
                return;
            }

            _isOutOfReach = true;
            var why = state.LastError ?? $"no answer from {ControlPlaneChannels.Shown(state.Url)} yet";
            _directory.SetOutOfReach(state.LastHeard is null
                ? $"the control plane was never reached ({why})"
                : $"the control plane is out of reach ({why})");
        }
    }

    /// <summary>The stream's reader and its writer both have something to say of it.</summary>
    private void Change(Func<ControlPlaneState, ControlPlaneState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
        }
    }

    private static Wire.DiscoveryRequest SubscribeTo(IEnumerable<string> services)
    {
        var request = new Wire.DiscoveryRequest { Subscribe = new Wire.Subscribe() };
        request.Subscribe.Services.Add(services);
        return request;
    }
}
