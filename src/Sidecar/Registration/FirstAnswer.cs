using Grpc.Core;
using Mesh.Hosting;
using Mesh.Sidecar.Discovery;
using Mesh.Sidecar.Health;
using Mesh.Sidecar.Options;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Registration;

/// <summary>The beginning of a registration's stream: says who the instance is, and waits for the lease. One stream at a time.</summary>
/// <param name="options">With a service and an app.</param>
/// <param name="address">How others reach the app's inbound side.</param>
/// <param name="health">Which app, and how it is checked.</param>
/// <param name="heartbeats">Know how the app stands.</param>
/// <param name="channels">Told how long leases last, and which control plane is silent.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told if the app's methods cannot be read.</param>
internal sealed class FirstAnswer(
    SidecarOptions options, HostPort address, HealthMonitor health, Heartbeats heartbeats, ControlPlaneChannels channels, TimeProvider time, Log log)
{
    // Whoever comes with another one is another process.
    private readonly string _incarnation = Guid.NewGuid().ToString("N");
    private IReadOnlyList<string>? _methods;
    private int _silences;

    /// <summary>The lease of before runs out, as only silence has ended its stream: nothing else is asked first.</summary>
    public bool IsUrgent { get; set; }

    /// <param name="call">The stream.</param>
    /// <param name="channel">The control plane's.</param>
    /// <param name="takeOver">The lease is wanted even from another process that is alive.</param>
    /// <param name="answers">Told how long this one took.</param>
    /// <param name="end">Ends the stream.</param>
    /// <exception cref="RpcException">It is refused, or none comes.</exception>
    public async Task<LeaseTimes> ReadAsync(
        AsyncDuplexStreamingCall<Api.RegisterRequest, Api.RegisterResponse> call,
        ControlPlaneChannel channel,
        bool takeOver,
        Answers answers,
        CancellationToken end)
    {
        // The app is asked again, since it may be another by now; but not while a lease runs out that only silence has ended.
        var methods = IsUrgent && _methods is { } known ? known : await ReflectedMethods.ReadAsync(health.App, time, log, end);
        _methods = methods;
        var registration = InstanceDescription.Of(options with { Health = health.InForce }, address, methods);
        registration.Incarnation = _incarnation;
        registration.TakeOver = takeOver;
        (registration.Instance.Status, registration.Instance.StatusReason) = heartbeats.Now;
        var patience = Limit;
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, end);
        var began = time.GetTimestamp();
        try
        {
            await call.RequestStream.WriteAsync(new Api.RegisterRequest { Registration = registration }, either.Token);
        }
        catch (Exception failure) when (IsOver(failure))
        {
            // Reading says why.
        }

        try
        {
            if (!await call.ResponseStream.MoveNext(either.Token))
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
        IsUrgent = false;
        answers.OnTook(time.GetElapsedTime(began));
        channel.OnHeard();
        return channels.SetLease(call.ResponseStream.Current.LeaseTtl, channel.Url);
    }

    /// <summary>What writing to a call that has ended may throw.</summary>
    public static bool IsOver(Exception failure) => failure is RpcException or InvalidOperationException or IOException or HttpRequestException;

    /// <summary>The next attempt needs a connection of its own, unless this one has carried something meanwhile.</summary>
    public void BreakOffIfSilent(ControlPlaneChannel channel, TimeSpan limit, string why)
    {
        if (channel.Silence >= limit)
        {
            channels.BreakOff(channel, why);
        }
    }

    /// <summary>
    /// How long a registration may take: where there is another control plane, as long as a heartbeat may, so that it is asked
    /// while the lease lasts; but one that thousands come back to at once needs seconds, and must not be given up by all of them.
    /// </summary>
    private TimeSpan Limit
    {
        get
        {
            var most = ControlPlaneSurvey.Patience;
            var limit = channels.Count > 1 ? channels.Lease.AnswerLimit * Math.Pow(2, Math.Min(_silences, 10)) : most;
            return limit < most ? limit : most;
        }
    }
}
