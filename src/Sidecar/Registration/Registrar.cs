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
    }

    /// <summary>How it stands.</summary>
    public RegistrationState State => _record.State;

    private string Name => $"{_options.Service}/{_options.InstanceId}";

    /// <summary>Registers and holds the lease until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        await _health.FirstSuccess.WaitAsync(stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var turn = 0; !stop.IsCancellationRequested && !(_heartbeats.IsDraining && _holder is null); turn++)
        {
            string reason;
            string? refusal;
            try
            {
                (reason, refusal) = await HoldAsync(_channels[turn], stop).ConfigureAwait(false);
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
        _heartbeats.Drain();
        return State.IsRegistered && await _heartbeats.TellDrainAsync(limit).ConfigureAwait(false);
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
        using var call = new Api.Registry.RegistryClient(channel.Grpc).Register(cancellationToken: end.Token);
        var answers = new Answers(_time);
        string? silence = null;
        Task reading = Task.CompletedTask;
        Task watching = Task.CompletedTask;
        try
        {
            // Once: two that both want to would take it from each other for ever.
            var takeOver = _options.TakeOver && !_record.WasRegistered;
            var lease = await _first.ReadAsync(call, channel, takeOver, answers, end.Token).ConfigureAwait(false);
            _holder = channel;
            _record.OnRegistered(channel.Url, lease.Ttl);
            reading = ReadAsync(call.ResponseStream, channel, answers, end.Token);
            watching = WatchAsync(lease);
            await _heartbeats.SendAsync(call.RequestStream, answers, lease.Heartbeat, reading, end.Token).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            return ("it has ended the stream", null);
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
                _first.BreakOffIfSilent(channel, limit, silence);
                await end.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task ReadAsync(
        IAsyncStreamReader<Api.RegisterResponse> responses, ControlPlaneChannel channel, Answers answers, CancellationToken end)
    {
        while (await responses.MoveNext(end).ConfigureAwait(false))
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
