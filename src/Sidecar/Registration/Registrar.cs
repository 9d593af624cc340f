using Grpc.Core;
using Mesh.Hosting;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Discovery.Kinds;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Options;
using Mesh.Sidecar.Upstream;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Registration;

/// <summary>
/// Registers the app once it is healthy, and keeps its lease: heartbeats, its health as it changes, again after every
/// break, until it drains. <see cref="RunAsync"/> runs once; the rest may be called from any thread.
/// </summary>
internal sealed class Registrar
{
    private readonly SidecarOptions _options;
    private readonly HealthMonitor _health;
    private readonly ControlPlaneChannels _channels;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly Backoff _backoff;
    private readonly RegistrationRecord _record;
    private readonly FirstAnswer _first;
    private readonly Heartbeats _heartbeats;
    private volatile ControlPlaneChannel? _holder;

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
        _health = health;
        _channels = channels;
        _time = time;
        _log = log;
        _backoff = new Backoff(random);
        _record = new RegistrationRecord(Name, address, time, log);
        _heartbeats = new Heartbeats(health, time);
        _first = new FirstAnswer(options, address, health, _heartbeats, channels, time, log);
        channels.Choice.HasRegistrar();
    }

    /// <summary>How it stands.</summary>
    public RegistrationState State => _record.State;

    private string Name => $"{_options.Service}/{_options.InstanceId}";

    /// <summary>Registers and holds the lease until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await _health.FirstSuccess.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _channels.Choice.Chosen.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var round = new ControlPlaneRound(_channels);
        while (!stop.IsCancellationRequested && !(_heartbeats.IsDraining && _holder is null))
        {
            string reason;
            string? refusal;
            LeaseStream last;
            try
            {
                last = await StayAsync(round.Next(), stop);
                (reason, refusal) = await last.Ended;
            }
            catch
            {
                _record.OnLost("a defect of ours", null); // who restarts this says more; nobody must read that it is registered
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

            _record.OnLost(reason, refusal);
            if (last.IsRegistered)
            {
                round.Lost(last.Channel.Url);
            }

            if (round.IsOver)
            {
                await Task.Delay(_backoff.Next(), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Tells the control plane that the instance takes no more calls.</summary>
    /// <returns>Whether it knows; not so if it was never registered, or is out of reach for <paramref name="limit"/>.</returns>
    public async Task<bool> TellDrainAsync(TimeSpan limit)
    {
        _heartbeats.Drain();
        return State.IsRegistered && await _heartbeats.TellDrainAsync(limit);
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
            var request = new Api.DeregisterRequest { Service = _options.Service, InstanceId = _options.InstanceId };
            await new Api.Registry.RegistryClient(channel.Grpc)
                .DeregisterAsync(request, deadline: _time.GetUtcNow().UtcDateTime + limit);
            _log.Info($"deregistered {Name}");
        }
        catch (RpcException failure)
        {
            _log.Warn($"could not deregister {Name}, its lease will run out: {ControlPlaneChannels.Describe(failure)}");
        }
    }

    /// <summary>Registers, and goes where the sidecar goes: registered there first, and only then away from here.</summary>
    /// <returns>The stream that was the last, which has ended.</returns>
    private async Task<LeaseStream> StayAsync(ControlPlaneChannel channel, CancellationToken stop)
    {
        var held = Begin(channel, null, stop);
        while (true)
        {
            var changed = _channels.Choice.Changed;
            var wanted = _channels.Choice.Wanted;
            if (!held.IsRegistered || wanted == held.Channel.Url)
            {
                await Task.WhenAny(held.Ended, held.IsRegistered ? changed : held.Registered);
                if (held.Ended.IsCompleted)
                {
                    return held;
                }

                continue;
            }

            var next = Begin(_channels.To(wanted), held, stop);
            await Task.WhenAny(next.Ended, next.Registered);
            if (next.IsRegistered)
            {
                held = next;
                continue;
            }

            await next.Ended;
            _channels.Choice.Decline(wanted);
            // It is asked again, unless nobody wants that any more.
            await Task.WhenAny(held.Ended, changed, Task.Delay(_channels.Lease.Heartbeat, _time, stop));
            if (held.Ended.IsCompleted)
            {
                return held;
            }
        }
    }

    private LeaseStream Begin(ControlPlaneChannel channel, LeaseStream? former, CancellationToken stop) =>
        LeaseStream.Begin(channel, stream => HoldAsync(stream, former, stop));

    /// <summary>One stream from beginning to end.</summary>
    /// <returns>Why it ended, and the same again if that is because another process has the lease.</returns>
    private async Task<(string Reason, string? Refusal)> HoldAsync(LeaseStream stream, LeaseStream? former, CancellationToken stop)
    {
        var channel = stream.Channel;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, stream.Left);
        using var call = new Api.Registry.RegistryClient(channel.Grpc).Register(cancellationToken: end.Token);
        var answers = new Answers(_time);
        string? silence = null;
        Task reading = Task.CompletedTask;
        Task watching = Task.CompletedTask;
        try
        {
            // Once: two that both want to would take it from each other for ever.
            var takeOver = _options.TakeOver && !_record.WasRegistered;
            var lease = await _first.ReadAsync(call, channel, takeOver, answers, end.Token);
            if (former is not null)
            {
                await former.LeaveAsync();
            }

            _holder = channel;
            _record.OnRegistered(channel.Url, lease.Ttl);
            stream.OnRegistered();
            _channels.Choice.MoveTo(channel.Url);
            reading = ReadAsync(call.ResponseStream, channel, answers, end.Token);
            watching = WatchAsync(lease);
            await _heartbeats.SendAsync(call.RequestStream, answers, lease.Heartbeat, reading, end.Token);
            await reading;
            return ("it has ended the stream", null);
        }
        catch (Exception left) when (stream.Left.IsCancellationRequested && left is RpcException or OperationCanceledException)
        {
            return ("it is registered elsewhere", null);
        }
        catch (Exception failure) when (channel.BrokenOff is not null && !stop.IsCancellationRequested && failure is RpcException or ObjectDisposedException)
        {
            _first.IsUrgent = true;
            return (channel.BrokenOff!, null);
        }
        catch (Exception failure) when (silence is not null && failure is RpcException or OperationCanceledException)
        {
            _first.IsUrgent = true;
            return (silence!, null);
        }
        catch (RpcException failure)
        {
            if (failure.StatusCode is StatusCode.Aborted or StatusCode.AlreadyExists or StatusCode.InvalidArgument or StatusCode.ResourceExhausted)
            {
                _backoff.Lengthen(); // the same again, and soon, is of no use
            }

            _first.IsUrgent |= ConnectionFailure.IsSilence(failure); // the PINGs may find it at the same moment

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
            await end.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task WatchAsync(LeaseTimes lease)
        {
            if (await answers.OverdueAsync(lease, end.Token))
            {
                var limit = answers.Limit(lease);
                silence = $"a heartbeat has had no answer for {DurationText.Format(limit)}";
                _first.BreakOffIfSilent(channel, limit, silence);
                await end.CancelAsync();
            }
        }
    }

    private async Task ReadAsync(
        IAsyncStreamReader<Api.RegisterResponse> responses, ControlPlaneChannel channel, Answers answers, CancellationToken end)
    {
        while (await responses.MoveNext(end))
        {
            channel.OnHeard();
            _backoff.Reset();
            _record.OnContender(responses.Current.Contender);
            if (answers.OnReceived())
            {
                _heartbeats.OnDrainHeard();
            }
        }
    }
}
