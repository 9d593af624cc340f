using Grpc.Core;
using Mesh.Hosting;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Telemetry;
using Wire = Mesh.V1;

namespace Mesh.Sidecar.Registration;

/// <summary>
/// Registers the app once it is healthy, and keeps its lease: heartbeats, its health as it changes, again after every
/// break, until it drains. <see cref="RunAsync"/> runs once; the rest may be called from any thread.
/// </summary>
internal sealed class Registrar
{
    private readonly SidecarOptions _options;
    private readonly HostPort _address;
    private readonly HealthMonitor _health;
    private readonly ControlPlaneChannels _channels;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly LineLimit _warnings;
    private readonly Backoff _backoff;

    // Whoever comes with another one is another process.
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim _toTell = new(0);
    private readonly TaskCompletionSource _drainTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile RegistrationState _state;
    private volatile ControlPlaneChannel? _holder;
    private volatile bool _isDraining;
    private bool _wasRegistered;
    private IReadOnlyList<string>? _methods;
    private bool _isUrgent;
    private int _silences;
    private string _contender = "";

    /// <param name="options">With a service and an app.</param>
    /// <param name="address">How others reach the app's inbound side.</param>
    /// <param name="health">How the app stands.</param>
    /// <param name="channels">Where control planes are.</param>
    /// <param name="random">For the pauses between attempts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    public Registrar(
        SidecarOptions options,
        HostPort address,
        HealthMonitor health,
        ControlPlaneChannels channels,
        Random random,
        TimeProvider time,
        Log log)
    {
        _options = options;
        _address = address;
        _health = health;
        _channels = channels;
        _time = time;
        _log = log;
        _warnings = new LineLimit(log, time);
        _backoff = new Backoff(random);
        _state = new RegistrationState(false, time.GetUtcNow(), address.ToString(), null, null);
        health.Changed += () => _toTell.Release();
    }

    /// <summary>How it stands.</summary>
    public RegistrationState State => _state;

    private string Name => $"{_options.Service}/{_options.InstanceId}";

    /// <summary>Registers and holds the lease until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await _health.FirstSuccess.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var turn = 0; !stop.IsCancellationRequested && !(_isDraining && _holder is null); turn++)
        {
            string reason;
            string? refusal;
            try
            {
                (reason, refusal) = await HoldAsync(_channels[turn], stop).ConfigureAwait(false);
            }
            catch
            {
                OnLost("a defect of ours", null); // who restarts this says more; nobody must read that it is registered
                throw;
            }
            finally
            {
                _holder = null;
            }

            if (stop.IsCancellationRequested)
            {
                return;
            }

            OnLost(reason, refusal);
            if ((turn + 1) % _channels.Count == 0)
            {
                await Task.Delay(_backoff.Next(), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Tells the control plane that the instance takes no more calls.</summary>
    /// <returns>Whether it knows; not so if it was never registered, or is out of reach for <paramref name="limit"/>.</returns>
    public async Task<bool> TellDrainAsync(TimeSpan limit)
    {
        _isDraining = true;
        if (!_state.IsRegistered)
        {
            return false;
        }

        _toTell.Release();
        await _drainTold.Task.WaitAsync(limit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _drainTold.Task.IsCompleted;
    }

    /// <summary>Takes the instance off the registry, if it is on it.</summary>
    public async Task DeregisterAsync(TimeSpan limit)
    {
        if (_holder is not { } channel)
        {
            return;
        }

        try
        {
            var request = new Wire.DeregisterRequest { Service = _options.Service, InstanceId = _options.InstanceId };
            await new Wire.Registry.RegistryClient(channel.Grpc)
                .DeregisterAsync(request, deadline: _time.GetUtcNow().UtcDateTime + limit).ConfigureAwait(false);
            _log.Info($"deregistered {Name}");
        }
        catch (RpcException failure)
        {
            _log.Warn($"could not deregister {Name}, its lease will run out: {ControlPlaneChannels.Describe(failure)}");
        }
    }

    /// <summary>One stream from beginning to end.</summary>
    /// <returns>Why it ended, and the same again if that is because another process has the lease.</returns>
    private async Task<(string Reason, string? Refusal)> HoldAsync(ControlPlaneChannel channel, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var call = new Wire.Registry.RegistryClient(channel.Grpc).Register(cancellationToken: end.Token);
        var answers = new Answers(_time);
        string? silence = null;
        Task reading = Task.CompletedTask;
        Task watching = Task.CompletedTask;
        try
        {
            var lease = await RegisterAsync(call, channel, answers, end.Token).ConfigureAwait(false);
            _holder = channel;
            OnRegistered(channel.Url, lease.Ttl);
            reading = ReadAsync(call.ResponseStream, channel, answers, end.Token);
            watching = WatchAsync(lease);
            await BeatAsync(call.RequestStream, answers, lease.Heartbeat, reading, end.Token).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            return ("it has ended the stream", null);
        }
        catch (Exception failure) when (channel.BrokenOff is not null && !stop.IsCancellationRequested && failure is RpcException or ObjectDisposedException)
        {
            _isUrgent = true;
            return (channel.BrokenOff!, null);
        }
        catch (Exception failure) when (silence is not null && failure is RpcException or OperationCanceledException)
        {
            _isUrgent = true;
            return (silence!, null);
        }
        catch (RpcException failure)
        {
            if (failure.StatusCode is StatusCode.Aborted or StatusCode.AlreadyExists or StatusCode.InvalidArgument or StatusCode.ResourceExhausted)
            {
                _backoff.Lengthen(); // the same again, and soon, is of no use
            }

            _isUrgent |= ConnectionFailure.IsSilence(failure); // the PINGs may find it at the same moment

            return failure.StatusCode == StatusCode.AlreadyExists
                ? (ResourceFaults.Short(failure.Status.Detail) + " (--instance-id, --take-over)", ResourceFaults.Short(failure.Status.Detail))
                : (ControlPlaneChannels.Describe(failure), null);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ("the sidecar ends", null);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task WatchAsync(LeaseTimes lease)
        {
            if (await answers.OverdueAsync(lease, end.Token).ConfigureAwait(false))
            {
                var limit = answers.Limit(lease);
                silence = $"a heartbeat has had no answer for {DurationText.Format(limit)}";
                BreakOffIfSilent(channel, limit, silence);
                await end.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<LeaseTimes> RegisterAsync(
        AsyncDuplexStreamingCall<Wire.RegisterRequest, Wire.RegisterResponse> call, ControlPlaneChannel channel, Answers answers, CancellationToken end)
    {
        // The app is asked again, since it may be another by now; but not while a lease runs out that only silence has ended.
        var methods = _isUrgent && _methods is { } known ? known : await ReflectedMethods.ReadAsync(_health.App, _time, _log, end).ConfigureAwait(false);
        _methods = methods;
        var registration = InstanceDescription.Of(_options with { Health = _health.InForce }, _address, methods);
        registration.Incarnation = _incarnation;
        // Once: two that both want to would take it from each other for ever.
        registration.TakeOver = _options.TakeOver && !_wasRegistered;
        var (status, reason) = StatusNow();
        registration.Instance.Status = status;
        registration.Instance.StatusReason = reason;
        var patience = FirstAnswerLimit;
        using var limit = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, end);
        var began = _time.GetTimestamp();
        try
        {
            await call.RequestStream.WriteAsync(new Wire.RegisterRequest { Registration = registration }, either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (IsOver(failure))
        {
            // Reading says why.
        }

        try
        {
            if (!await call.ResponseStream.MoveNext(either.Token).ConfigureAwait(false))
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "it has ended the stream without an answer"));
            }
        }
        catch (Exception failure) when (limit.IsCancellationRequested && !end.IsCancellationRequested && failure is RpcException or OperationCanceledException)
        {
            _silences++;
            var silence = $"no answer for {DurationText.Format(patience)}";
            BreakOffIfSilent(channel, patience, silence);
            throw new RpcException(new Status(StatusCode.Unavailable, silence));
        }

        _silences = 0;
        _isUrgent = false;
        answers.OnTook(_time.GetElapsedTime(began));
        channel.OnHeard();
        return _channels.TakeLease(call.ResponseStream.Current.LeaseTtl, channel.Url);
    }

    /// <summary>
    /// How long a registration may take: where there is another control plane, as long as a heartbeat may, so that it is asked
    /// while the lease lasts; but one that thousands come back to at once needs seconds, and must not be given up by all of them.
    /// </summary>
    private TimeSpan FirstAnswerLimit
    {
        get
        {
            var most = ControlPlaneSurvey.Patience;
            var limit = _channels.Count > 1 ? _channels.Lease.AnswerLimit * Math.Pow(2, Math.Min(_silences, 10)) : most;
            return limit < most ? limit : most;
        }
    }

    /// <summary>The next attempt needs a connection of its own, unless this one has carried something meanwhile.</summary>
    private void BreakOffIfSilent(ControlPlaneChannel channel, TimeSpan limit, string why)
    {
        if (channel.Silence >= limit)
        {
            _channels.BreakOff(channel, why);
        }
    }

    /// <summary>Says how the app stands, in time and when that changes, until the stream's reader is done.</summary>
    private async Task BeatAsync(
        IClientStreamWriter<Wire.RegisterRequest> requests, Answers answers, TimeSpan interval, Task reading, CancellationToken end)
    {
        using var timer = new PeriodicTimer(interval, _time);
        var tick = timer.WaitForNextTickAsync(end).AsTask();
        var news = _toTell.WaitAsync(end);
        while (!reading.IsCompleted)
        {
            await Task.WhenAny(tick, news, reading).ConfigureAwait(false);
            if (reading.IsCompleted)
            {
                break;
            }

            if (tick.IsCompleted)
            {
                await tick.ConfigureAwait(false);
                tick = timer.WaitForNextTickAsync(end).AsTask();
            }

            if (news.IsCompleted)
            {
                await news.ConfigureAwait(false);
                news = _toTell.WaitAsync(end);
            }

            var (status, reason) = StatusNow();
            answers.OnSent(status == Wire.ServiceStatus.Draining);
            var beat = new Wire.RegisterRequest { Heartbeat = new Wire.Heartbeat { Status = status, StatusReason = reason } };
            try
            {
                await requests.WriteAsync(beat, end).ConfigureAwait(false);
            }
            catch (Exception failure) when (IsOver(failure))
            {
                return; // reading says why
            }
        }
    }

    private async Task ReadAsync(
        IAsyncStreamReader<Wire.RegisterResponse> responses, ControlPlaneChannel channel, Answers answers, CancellationToken end)
    {
        while (await responses.MoveNext(end).ConfigureAwait(false))
        {
            channel.OnHeard();
            _backoff.Reset();
            OnContender(responses.Current.Contender);
            if (answers.OnReceived())
            {
                _drainTold.TrySetResult();
            }
        }
    }

    /// <summary>What writing to a call that has ended may throw.</summary>
    private static bool IsOver(Exception failure) => failure is RpcException or InvalidOperationException or IOException or HttpRequestException;

    private (Wire.ServiceStatus Status, string Reason) StatusNow()
    {
        if (_isDraining)
        {
            return (Wire.ServiceStatus.Draining, "the sidecar drains");
        }

        var health = _health.Current;
        return health.Status switch
        {
            AppStatus.Healthy => (Wire.ServiceStatus.Healthy, ""),
            AppStatus.Unhealthy => (Wire.ServiceStatus.Unhealthy, $"health check: {health.Reason}"),
            _ => (Wire.ServiceStatus.Starting, health.Reason),
        };
    }

    private void OnRegistered(Uri url, TimeSpan ttl)
    {
        _wasRegistered = true;
        _state = _state with { IsRegistered = true, Since = _time.GetUtcNow(), LeaseTtl = ttl, Refusal = null };
        _log.Info($"registered {Name} at {_address} with {url.GetLeftPart(UriPartial.Authority)}, lease {DurationText.Format(ttl)}");
    }

    /// <summary>Somebody else wants to be this instance.</summary>
    private void OnContender(string address)
    {
        // It tries on, and is told of again and again.
        if (address.Length != 0 && address != _contender)
        {
            _warnings.Warn($"another process, at {ResourceFaults.Short(address)}, wants to register as {Name} too and was refused, since this one is, at {_address}: "
                + "give it another --instance-id");
            _contender = address;
        }
    }

    private void OnLost(string reason, string? refusal)
    {
        var before = _state;
        if (before.IsRegistered)
        {
            _log.Warn($"lost the registration of {Name}: {reason}; registering again");
        }
        else if (before.LastError != reason)
        {
            _log.Warn($"cannot register {Name}: {reason}; trying on");
        }

        _state = before with
        {
            IsRegistered = false,
            Since = before.IsRegistered ? _time.GetUtcNow() : before.Since,
            LastError = reason,
            Refusal = refusal,
        };
    }
}
