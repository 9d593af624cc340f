using System.Text;
using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
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
    /// <summary>
    /// Between two publications. Each costs time in proportion to the services known, so a burst is published as one; the
    /// first change after a quiet time is not kept waiting.
    /// </summary>
    private static readonly TimeSpan PublishInterval = TimeSpan.FromMilliseconds(20);

    private readonly Wire.Hello _hello;
    private readonly ControlPlaneChannels _channels;
    private readonly ServiceDirectory _directory;
    private readonly TimeProvider _time;
    private readonly Log _log;
    private readonly ResourceIntake _intake;
    private readonly Backoff _backoff;
    private readonly byte[][] _declared;
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<string> _subscribed;
    private ChannelWriter<Wire.DiscoveryRequest>? _outgoing;
    private volatile ControlPlaneState _state;
    private long _published;

    /// <param name="hello">Who we are.</param>
    /// <param name="declared">The services that are known to be called.</param>
    /// <param name="channels">Where control planes are.</param>
    /// <param name="directory">Told what the control plane says, and asked what else is wanted.</param>
    /// <param name="random">For the pauses between attempts.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told of what changes.</param>
    public ControlPlaneClient(
        Wire.Hello hello,
        IEnumerable<string> declared,
        ControlPlaneChannels channels,
        ServiceDirectory directory,
        Random random,
        TimeProvider time,
        Log log)
    {
        _hello = hello;
        _channels = channels;
        _directory = directory;
        _time = time;
        _log = log;
        _intake = new ResourceIntake(directory, time, log);
        _backoff = new Backoff(random);
        _subscribed = [.. declared.Distinct(StringComparer.Ordinal)];
        _declared = [.. _subscribed.Select(Encoding.UTF8.GetBytes)];
        _state = new ControlPlaneState(false, time.GetUtcNow(), channels[0].Url, null, null);
        foreach (var name in _declared)
        {
            directory.Want(name); // so that its first call does not ask again
        }

        directory.Wanted += Subscribe;
    }

    /// <summary>How the connection stands.</summary>
    public ControlPlaneState State => _state;

    /// <summary>What was sent and is not applied.</summary>
    public IReadOnlyCollection<Rejection> Rejected => _intake.Rejected;

    /// <summary>Completes when a control plane was reached and has said something of every declared service.</summary>
    public Task Answered => _answered.Task;

    /// <summary>Keeps a stream open until told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        for (var turn = 0; !stop.IsCancellationRequested; turn++)
        {
            var (url, channel) = _channels[turn];
            var began = _time.GetTimestamp();
            var reason = await StreamAsync(url, channel, stop).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
            {
                return;
            }

            if (_time.GetElapsedTime(began) > Backoff.Longest)
            {
                _backoff.Reset(); // it was a good one, even if there was nothing to say
            }

            OnLost(url, reason);
            // The others first, and at once: it is only when none answers that haste does harm.
            if ((turn + 1) % _channels.Count == 0)
            {
                await Task.Delay(_backoff.Next(), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>One stream from beginning to end.</summary>
    /// <returns>Why it ended.</returns>
    private async Task<string> StreamAsync(Uri url, GrpcChannel channel, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var call = new Wire.Discovery.DiscoveryClient(channel).Connect(cancellationToken: end.Token);
        var outgoing = Channel.CreateUnbounded<Wire.DiscoveryRequest>(new UnboundedChannelOptions { SingleReader = true });
        BeginOutgoing(outgoing.Writer);
        var writing = WriteAsync(call.RequestStream, outgoing.Reader, url, end.Token);
        try
        {
            await ReadAsync(call.ResponseStream, outgoing.Writer, end.Token).ConfigureAwait(false);
            return "it has ended the stream";
        }
        catch (RpcException failure)
        {
            return ControlPlaneChannels.Describe(failure);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return "the sidecar ends";
        }
        finally
        {
            BeginOutgoing(null);
            await end.CancelAsync().ConfigureAwait(false);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void BeginOutgoing(ChannelWriter<Wire.DiscoveryRequest>? outgoing)
    {
        lock (_gate)
        {
            _outgoing = outgoing;
            if (outgoing is not null && _subscribed.Count > 0)
            {
                outgoing.TryWrite(SubscribeTo(_subscribed));
            }
        }
    }

    private void Subscribe(string service)
    {
        lock (_gate)
        {
            _subscribed.Add(service);
            _outgoing?.TryWrite(SubscribeTo([service]));
        }
    }

    private async Task WriteAsync(
        IClientStreamWriter<Wire.DiscoveryRequest> requests,
        ChannelReader<Wire.DiscoveryRequest> outgoing,
        Uri url,
        CancellationToken end)
    {
        await requests.WriteAsync(new Wire.DiscoveryRequest { Hello = _hello }, end).ConfigureAwait(false);
        OnConnected(url);
        await foreach (var request in outgoing.ReadAllAsync(end).ConfigureAwait(false))
        {
            await requests.WriteAsync(request, end).ConfigureAwait(false);
        }
    }

    /// <summary>Takes what comes; publishes, and then acknowledges, when there is nothing more at hand.</summary>
    private async Task ReadAsync(
        IAsyncStreamReader<Wire.DiscoveryResponse> responses, ChannelWriter<Wire.DiscoveryRequest> outgoing, CancellationToken end)
    {
        _intake.OnReconnected();
        var acks = new List<Wire.DiscoveryRequest>();
        var changed = false;
        while (true)
        {
            var next = responses.MoveNext(end);
            while (!next.IsCompleted)
            {
                if (_intake.ConfirmTimeLeft <= TimeSpan.Zero)
                {
                    _intake.DropUnconfirmed();
                    changed = true;
                }

                if (changed && PublishTimeLeft is { Ticks: > 0 } left)
                {
                    await WaitAsync(next, left).ConfigureAwait(false);
                    continue;
                }

                Flush();
                await WaitAsync(next, _intake.ConfirmTimeLeft).ConfigureAwait(false);
            }

            if (changed && PublishTimeLeft < -PublishInterval)
            {
                Flush(); // a stream that never pauses must not keep what it has said from taking force
            }

            if (!await next.ConfigureAwait(false))
            {
                return;
            }

            var response = responses.Current;
            changed |= _intake.Take(response, out var error);
            acks.Add(new Wire.DiscoveryRequest { Ack = new Wire.Ack { Nonce = response.Nonce, Error = error } });
            Change(state => state with { LastHeard = _time.GetUtcNow() });
            _backoff.Reset();
        }

        void Flush()
        {
            if (changed)
            {
                changed = false;
                Publish();
            }

            acks.ForEach(ack => outgoing.TryWrite(ack));
            acks.Clear();
        }
    }

    private TimeSpan PublishTimeLeft => PublishInterval - _time.GetElapsedTime(_published);

    private void Publish()
    {
        _published = _time.GetTimestamp();
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

    /// <summary>Until it completes or the time is up, which may be just over.</summary>
    private async Task WaitAsync(Task next, TimeSpan? limit)
    {
        var wait = limit is not { } left ? Timeout.InfiniteTimeSpan : left > TimeSpan.Zero ? left : TimeSpan.Zero;
        await next.WaitAsync(wait, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void OnConnected(Uri url)
    {
        Change(state => state with { IsConnected = true, Since = _time.GetUtcNow(), Url = url });
        _log.Info($"connected to the control plane at {Shown(url)}");
        if (_declared.Length == 0)
        {
            CheckAnswered();
        }
    }

    private void OnLost(Uri url, string reason)
    {
        var before = _state;
        if (before.IsConnected)
        {
            _log.Warn($"lost the control plane at {Shown(url)}: {reason}; calls go on by what is known");
        }
        else if (before.Url != url || before.LastError != reason)
        {
            _log.Warn($"cannot reach the control plane at {Shown(url)}: {reason}; trying on");
        }

        Change(state => state with
        {
            IsConnected = false,
            Since = state.IsConnected ? _time.GetUtcNow() : state.Since,
            Url = url,
            LastError = reason,
        });
    }

    /// <summary>The stream's reader and its writer both have something to say of it.</summary>
    private void Change(Func<ControlPlaneState, ControlPlaneState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
        }
    }

    private static string Shown(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private static Wire.DiscoveryRequest SubscribeTo(IEnumerable<string> services)
    {
        var request = new Wire.DiscoveryRequest { Subscribe = new Wire.Subscribe() };
        request.Subscribe.Services.Add(services);
        return request;
    }
}
