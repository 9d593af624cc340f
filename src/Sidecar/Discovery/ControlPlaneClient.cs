using System.Globalization;
using System.Text;
using Grpc.Core;
using Mesh.Policy.Routing;
using Mesh.Sidecar.Discovery.Cache;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Discovery.Services;
using Mesh.Sidecar.Identity;
using Mesh.Sidecar.Upstream;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// The sidecar's stream to the control plane: says who it is and what it calls, hands on what it is sent, and comes back
/// when it is lost. Meanwhile calls go by the last good snapshot. <see cref="RunAsync"/> runs once; the rest may be called
/// from any thread.
/// </summary>
internal sealed class ControlPlaneClient
{
    private readonly Api.Hello _hello;
    private readonly ControlPlaneChannels _channels;
    private readonly ServiceDirectory _directory;
    private readonly TimeProvider _time;
    private readonly ControlPlaneSurvey _survey;
    private readonly SnapshotCache? _cache;
    private readonly Func<Api.CallQuery, Task<Api.SidecarCalls>>? _recall;
    private readonly ResourceIntake _intake;
    private readonly Backoff _backoff;
    private readonly byte[][] _declared;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _inboundSaid = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Subscriptions _subscriptions;
    private readonly Standing _standing;
    private readonly Greeting _greeting;
    private readonly Forgetting _forgetting;
    private readonly LimitDemands _limits;

    /// <param name="hello">Who we are.</param>
    /// <param name="declared">The services that are known to be called.</param>
    /// <param name="channels">Where control planes are.</param>
    /// <param name="directory">Told what the control plane says, and asked what else is wanted.</param>
    /// <param name="random">For the pauses between attempts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    /// <param name="cache">Where the last good snapshot is; null if none is kept.</param>
    /// <param name="freed">Told how many services were forgotten; null if nobody minds.</param>
    /// <param name="push">Told which events the app is sent; null if nobody listens.</param>
    /// <param name="own">Who we are and whom we believe; null if that is not from the control plane.</param>
    /// <param name="recall">Finds the calls that a control plane asks for; null if none are remembered.</param>
    public ControlPlaneClient(
        Api.Hello hello,
        IEnumerable<string> declared,
        ControlPlaneChannels channels,
        ServiceDirectory directory,
        Random random,
        TimeProvider time,
        Log log,
        SnapshotCache? cache = null,
        Action<int>? freed = null,
        Action<IReadOnlyList<Api.PushSubscription>>? push = null,
        OwnTrust? own = null,
        Func<Api.CallQuery, Task<Api.SidecarCalls>>? recall = null)
    {
        _hello = hello;
        _channels = channels;
        _directory = directory;
        _time = time;
        _cache = cache;
        _recall = recall;
        _survey = new ControlPlaneSurvey(hello, channels, random, time, log);
        _intake = new ResourceIntake(directory, () => channels.Lease.ConfirmTime, time, log, push, own);
        _backoff = new Backoff(random);
        string[] names = [.. declared.Distinct()];
        _declared = [.. names.Select(Encoding.UTF8.GetBytes)];
        _subscriptions = new Subscriptions(directory, _intake, channels, names);
        _standing = new Standing(channels.Choice.Current, directory, time, log);
        _limits = new LimitDemands(directory, time);
        _greeting = new Greeting(_survey, channels);
        if (channels.Count > 1)
        {
            channels.Choice.Begin();
        }

        foreach (var name in _declared)
        {
            directory.Declare(name); // so that its first call does not ask again
        }

        directory.Wanted += _subscriptions.Add;
        _forgetting = new Forgetting(directory, _intake, () => State.IsConnected, _subscriptions.Remove, Publish, freed, time, log);
        if (cache?.Load(Restore) == true)
        {
            _inboundSaid.TrySetResult(); // what is not on the disk was not there
            Publish();
        }
    }

    /// <summary>How the connection stands.</summary>
    public ControlPlaneState State => _standing.State;

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
                notes.Append(CultureInfo.InvariantCulture, $", no control plane yet: {State.LastError ?? "connecting"}");
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

    /// <summary>
    /// Completes when it is known how calls are treated that come in. It may never: a control plane of an older version says nothing of it.
    /// </summary>
    public Task InboundSaid => _inboundSaid.Task;

    /// <summary>Keeps a stream open until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _standing.Begin();
        await _survey.ChooseAsync(stop);
        var round = new ControlPlaneRound(_channels);
        while (!stop.IsCancellationRequested)
        {
            var channel = round.Next();
            var began = _time.GetTimestamp();
            var end = await StreamAsync(channel, stop);
            if (stop.IsCancellationRequested)
            {
                break;
            }

            if (State.IsConnected && _time.GetElapsedTime(began) > Backoff.Longest)
            {
                _backoff.Reset(); // it was a good one, even if there was nothing to say
            }

            if (State.IsConnected && !end.IsMove)
            {
                round.Lost(channel.Url);
            }
            else if (end.IsMove)
            {
                round.Reset();
            }

            OnLost(channel.Url, end);
            // The others first, and at once: it is only when none answers that haste does harm.
            if (round.IsOver)
            {
                await Task.Delay(_backoff.Next(), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        _standing.End();
    }

    /// <summary>Asks the control planes of the list whether they belong together, and whether a better one is back, until told to stop.</summary>
    public Task SurveyAsync(CancellationToken stop) =>
        _channels.Count > 1 ? Task.WhenAll(_survey.RunAsync(stop), _survey.ComeHomeAsync(stop)) : Task.CompletedTask;

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
        Task<bool>? leaving = null;
        try
        {
            using var call = new Api.Discovery.DiscoveryClient(channel.Grpc).Connect(cancellationToken: end.Token);
            writing = WriteAsync(call.RequestStream, outgoing, end.Token);
            if (await _greeting.ReadAsync(call.ResponseStream, channel, end.Token) is { } refusal)
            {
                return refusal;
            }

            isGreeted = true;
            _subscriptions.Begin(outgoing);
            OnConnected(url);
            leaving = LeaveAsync(url, end);
            var reader = new DiscoveryReader(_intake, channel, _channels.Newest, outgoing, new Observations(_directory, _time), _limits, new CallAnswers(_recall, outgoing), OnHeard, Publish, _cache, _time);
            return new StreamEnd(await reader.ReadAsync(call.ResponseStream, end.Token));
        }
        catch (Exception failure) when (channel.BrokenOff is not null && !stop.IsCancellationRequested && failure is RpcException or ObjectDisposedException)
        {
            return new StreamEnd(channel.BrokenOff!);
        }
        catch (Exception failure) when (leaving is { IsCompletedSuccessfully: true } && !stop.IsCancellationRequested && failure is RpcException or OperationCanceledException)
        {
            return new StreamEnd($"the one at {ControlPlaneChannels.Shown(_channels.Choice.Current)} is used from now on", IsMove: true);
        }
        catch (RpcException failure) when (!isGreeted && ConnectionFailure.IsSilence(failure))
        {
            return Greeting.Silent(channel);
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
            _subscriptions.Begin(null);
            await end.CancelAsync();
            await ((Task?)leaving ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteAsync(IClientStreamWriter<Api.DiscoveryRequest> requests, Outgoing outgoing, CancellationToken end)
    {
        var hello = _hello.Clone();
        (hello.StoreId, hello.Revision) = _channels.Newest.Current;
        await requests.WriteAsync(new Api.DiscoveryRequest { Hello = hello }, end);
        await outgoing.WriteAsync(request => requests.WriteAsync(request, end), end);
    }

    /// <summary>Ends a stream when another control plane is chosen.</summary>
    private async Task<bool> LeaveAsync(Uri url, CancellationTokenSource end)
    {
        while (true)
        {
            var changed = _channels.Choice.Changed;
            if (_channels.Choice.Current != url)
            {
                await end.CancelAsync();
                return true;
            }

            await changed.WaitAsync(end.Token);
        }
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

        if (_directory.IsInboundSaid)
        {
            _inboundSaid.TrySetResult();
        }
    }

    private string? Restore(Api.CachedResource cached)
    {
        var fault = _intake.Restore(cached);
        if (fault is null && _directory.IsWanted(cached.Resource.Name))
        {
            // What has no policy is called by the defaults, as the control plane has said, or would have.
            _directory.SetPolicyIfNone(cached.Resource.Name, ServicePolicyOptions.Default);
        }

        return fault;
    }

    /// <summary>It has spoken.</summary>
    private void OnConnected(Uri url)
    {
        _channels.Choice.MoveTo(url);
        _intake.OnConnected();
        _standing.OnConnected(url);
        if (_declared.Length == 0)
        {
            CheckAnswered();
        }

        if (_subscriptions.IsEmpty)
        {
            _cache?.OnConfirmed();
        }
    }

    private void OnHeard()
    {
        _standing.OnHeard();
        _backoff.Reset();
    }

    private void OnLost(Uri url, StreamEnd end)
    {
        if (State.IsConnected)
        {
            _intake.OnLost();
            _cache?.OnLost();
        }

        _standing.OnLost(url, end);
    }
}
