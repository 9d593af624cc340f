using Google.Protobuf;
using Grpc.Core;
using Mesh.Sidecar.Discovery;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>
/// One stream of a consumer, over as many streams of control planes as it takes: when one is lost that had begun, another begins where it was.
/// The consumer notices a pause. Runs on the thread pool.
/// </summary>
/// <param name="call">The consumer.</param>
/// <param name="resumption">Where the stream is.</param>
/// <param name="parser">Of what the consumer says.</param>
/// <param name="channels">To the control planes.</param>
/// <param name="headers">What they are told of the consumer.</param>
/// <param name="isEnding">Whether the sidecar drains.</param>
/// <param name="time">The clock.</param>
internal sealed class ResumedStream<TRequest, TResponse>(
    ResumedCall call,
    Resumption<TRequest, TResponse> resumption,
    MessageParser<TRequest> parser,
    BrokerChannels channels,
    CallerHeaders headers,
    Func<bool> isEnding,
    TimeProvider time)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>A control plane that ends has this long to take what the consumers of a sidecar that drains give back.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Backoff _backoff = new(new Random());
    private TRequest? _unsent;
    private bool _hasBegun;

    /// <summary>Until the consumer, the control plane or the sidecar ends it.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await NextAsync(call.Gone) is not { } first)
            {
                call.End((int)StatusCode.InvalidArgument, "begin: must be the first message, and the stream has none");
                return;
            }

            // One that cannot begin goes as it is, to be told why.
            _unsent = resumption.Begin(first) ? null : first;
            Status? end;
            do
            {
                end = await OnceAsync();
            }
            while (end is null);
            call.End((int)end.Value.StatusCode, end.Value.Detail);
        }
        catch (InvalidProtocolBufferException)
        {
            EndUnreadable();
        }
        catch (Exception gone) when (gone is OperationCanceledException or RpcException)
        {
            // The consumer is gone.
        }
        catch (Exception defect)
        {
            call.End((int)StatusCode.Internal, $"a defect of the sidecar: {defect.Message}");
        }
    }

    /// <summary>One stream of a control plane, from its beginning to its end.</summary>
    /// <returns>How it ended for the consumer; null: it goes on with another.</returns>
    private async Task<Status?> OnceAsync()
    {
        var isHeard = false;
        try
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(call.Gone);
            using var upstream = resumption.Call(channels.Current, new CallOptions(headers.Write(), cancellationToken: stop.Token));
            var saying = SayAsync(upstream.RequestStream, stop);
            try
            {
                // A consumer of a queue may be told nothing else for long.
                await upstream.ResponseHeadersAsync;
                _hasBegun = true;
                call.Open();
                await foreach (var response in upstream.ResponseStream.ReadAllAsync(stop.Token))
                {
                    isHeard = true;
                    bool isForConsumer;
                    lock (_lock)
                    {
                        isForConsumer = resumption.Heard(response);
                    }

                    if (isForConsumer)
                    {
                        await call.WriteAsync(response.ToByteArray());
                    }
                }
            }
            finally
            {
                await stop.CancelAsync();
                await saying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return isEnding() ? GoingDown : Status.DefaultSuccess;
        }
        catch (RpcException lost) when (!call.Gone.IsCancellationRequested)
        {
            if (isEnding())
            {
                return GoingDown;
            }

            // Whoever begins is told at once that nobody is there.
            if (!_hasBegun || !IsLoss(lost))
            {
                return lost.Status.DebugException is null ? lost.Status : new Status(lost.StatusCode, ControlPlaneChannels.Describe(lost, channels.Url));
            }
        }

        if (isHeard)
        {
            _backoff.Reset();
        }

        var pause = _backoff.Next();
        await Task.Delay(pause < LongestPause ? pause : LongestPause, time, call.Gone);
        return null;
    }

    private static Status GoingDown => new(StatusCode.Unavailable, "this sidecar is going down");

    // What a connection ends in that is lost, or that we have broken off.
    private static bool IsLoss(RpcException lost) =>
        lost.StatusCode is StatusCode.Unavailable or StatusCode.Cancelled || lost.Status.DebugException is HttpRequestException or IOException;

    /// <summary>Says what the consumer does, and when the sidecar drains that there is no more.</summary>
    private async Task SayAsync(IClientStreamWriter<TRequest> to, CancellationTokenSource end)
    {
        var stop = end.Token;
        TRequest first;
        lock (_lock)
        {
            first = _hasBegun || _unsent is null ? resumption.Resumed() : _unsent;
        }

        await to.WriteAsync(first, stop);
        if (ReferenceEquals(first, _unsent))
        {
            _unsent = null;
        }

        using var draining = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var drained = EndWhenDrainingAsync(draining);
        while (true)
        {
            TRequest? request;
            try
            {
                request = _unsent ?? await NextAsync(draining.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                // What the consumer has goes back; it is told itself when that is done.
                end.CancelAfter(LongestEnd);
                request = null;
            }
            catch (InvalidProtocolBufferException)
            {
                EndUnreadable();
                return;
            }

            if (request is null)
            {
                await to.CompleteAsync();
                break;
            }

            bool isKept;
            lock (_lock)
            {
                isKept = !ReferenceEquals(request, _unsent) && resumption.Said(request);
            }

            // What is not in the next beginning is said again if it does not go out.
            _unsent = isKept ? null : request;
            await to.WriteAsync(request, stop);
            _unsent = null;
        }

        await drained;
    }

    private void EndUnreadable() => call.End((int)StatusCode.InvalidArgument, $"the message is no {typeof(TRequest).Name} of mesh.v1");

    private async Task EndWhenDrainingAsync(CancellationTokenSource draining)
    {
        await call.Draining.WaitAsync(draining.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await draining.CancelAsync();
    }

    /// <returns>Null if the consumer says no more.</returns>
    private async ValueTask<TRequest?> NextAsync(CancellationToken stop)
    {
        if (!await call.Requests.WaitToReadAsync(stop) || !call.Requests.TryRead(out var request))
        {
            return null;
        }

        call.OnTaken(request);
        return parser.ParseFrom(request);
    }
}
