using Grpc.Core;
using Mesh.ControlPlane.Asking;
using Mesh.ControlPlane.Limits;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Rollouts;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Streams;
using Mesh.Hosting;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>
/// mesh.v1.Discovery: a sidecar's stream, with one task that reads what it says and one that writes what it needs.
/// </summary>
internal sealed class DiscoveryService(
    NodeStreams streams, RolloutSignals signals, SharedLimits limits, CallQuestions questions, Replica replica, Journal journal, StreamScope scope, ILogger<DiscoveryService> log)
    : Discovery.DiscoveryBase
{
    private const int MaxTextLength = 128;

    // One that follows the store is behind by milliseconds.
    private static readonly TimeSpan LongestCatchUp = TimeSpan.FromSeconds(2);

    // Of what a sidecar says against a resource.
    private const int MaxErrorLength = 512;

    public override Task Connect(
        IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context) =>
        scope.RunAsync(context, async cancellation =>
        {
            if (!await requestStream.MoveNext(cancellation))
            {
                return;
            }

            if (FaultOf(requestStream.Current) is { } fault)
            {
                throw Faults.Invalid(fault);
            }

            await CatchUpAsync(requestStream.Current.Hello, cancellation);
            var shares = ConnectionShares.Of(context.GetHttpContext());
            if (!shares.TryEnterSidecar())
            {
                throw Faults.Exhausted($"{ConnectionShares.MostSidecars} sidecars have their stream on this connection already, and no more may: open another one");
            }

            try
            {
                using var stream = streams.Open(requestStream.Current.Hello, shares.Names);
                log.LogDebug("sidecar {Sidecar} connected from {Peer}", stream.Name, context.Peer);
                await ServeAsync(stream, requestStream, responseStream, cancellation);
            }
            finally
            {
                shares.LeaveSidecar();
            }
        });

    public override Task<ReadSharersResponse> ReadSharers(ReadSharersRequest request, ServerCallContext context) =>
        Task.FromResult(new ReadSharersResponse { AnsweredBy = replica.Owner, Limits = { limits.Here() } });

    // Nobody is shown an older state than the one that it has from another control plane.
    private async Task CatchUpAsync(Hello hello, CancellationToken cancellation)
    {
        var store = journal.Identity;
        if (hello.StoreId == store.Id && !await journal.ReachedAsync(hello.Revision, LongestCatchUp, cancellation))
        {
            throw Faults.Of(StatusCode.Unavailable,
                $"this control plane is behind: it has revision {store.Revision} of the store, and the sidecar {hello.Revision}");
        }
    }

    private async Task ServeAsync(
        NodeStream stream,
        IAsyncStreamReader<DiscoveryRequest> requests,
        IServerStreamWriter<DiscoveryResponse> responses,
        CancellationToken cancellation)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = ReadAsync(stream, requests, both.Token);
        var writing = WriteAsync(stream, responses, both.Token);
        try
        {
            await await Task.WhenAny(reading, writing);
            // One who has nothing more to ask may go on listening.
            await writing;
        }
        finally
        {
            await both.CancelAsync();
            // The call's reader and writer must not be in use when it returns.
            await Task.WhenAll(reading, writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            limits.Leave(stream);
            log.LogDebug("sidecar {Sidecar} disconnected", stream.Name);
        }
    }

    private async Task ReadAsync(NodeStream stream, IAsyncStreamReader<DiscoveryRequest> requests, CancellationToken cancellation)
    {
        var isRepaired = false;
        while (await requests.MoveNext(cancellation))
        {
            var request = requests.Current;
            switch (request.RequestCase)
            {
                case DiscoveryRequest.RequestOneofCase.Subscribe:
                    if (ServiceNames.FirstFault(request.Subscribe.Services) is { } fault)
                    {
                        throw Faults.Invalid("subscribe." + fault);
                    }

                    if (stream.Subscribe(request.Subscribe) is { } full)
                    {
                        throw Faults.Exhausted("subscribe.services: " + full);
                    }

                    break;
                case DiscoveryRequest.RequestOneofCase.Unsubscribe:
                    stream.Unsubscribe(request.Unsubscribe.Services);
                    break;
                case DiscoveryRequest.RequestOneofCase.Ack:
                    Acknowledge(stream, request.Ack);
                    break;
                case DiscoveryRequest.RequestOneofCase.Holding:
                    if (stream.Compare(request.Holding) is [var first, ..] differing)
                    {
                        isRepaired = TellRepair(stream, first, differing.Count, isRepaired);
                    }

                    break;
                case DiscoveryRequest.RequestOneofCase.Signals:
                    signals.Add(stream.Name, request.Signals);
                    break;
                case DiscoveryRequest.RequestOneofCase.Demands:
                    limits.Report(stream, request.Demands);
                    break;
                case DiscoveryRequest.RequestOneofCase.Calls:
                    questions.OnAnswer(stream, request.Calls);
                    break;
                case DiscoveryRequest.RequestOneofCase.Hello:
                    throw Faults.Invalid("hello: is given more than once");
                default:
                    throw Faults.Invalid("request: must be a subscribe, an unsubscribe, an ack, a holding, signals, demands or calls");
            }
        }
    }

    // A sidecar whose memory cannot be relied on is worth a line, and not one each time.
    private bool TellRepair(NodeStream stream, ResourceKey first, int count, bool isTold)
    {
        log.Log(isTold ? LogLevel.Debug : LogLevel.Warning,
            "sidecar {Sidecar} does not hold what it has acknowledged: {Count} resources are sent again, the first is the {Kind} of {Service}",
            stream.Name, count, first.Kind.Name, first.Name);
        return true;
    }

    private void Acknowledge(NodeStream stream, Ack ack)
    {
        foreach (var rejected in ack.Rejected)
        {
            rejected.Error = PrintableText.Of(rejected.Error, MaxErrorLength);
        }

        foreach (var rejected in stream.Acknowledge(ack))
        {
            log.LogWarning("sidecar {Sidecar} rejects the {Kind} of {Service}, version {Version}: {Error}",
                rejected.Sidecar, rejected.Key.Kind.Name, rejected.Key.Name, rejected.Version, rejected.Error);
        }
    }

    private static async Task WriteAsync(
        NodeStream stream, IServerStreamWriter<DiscoveryResponse> responses, CancellationToken cancellation)
    {
        while (true)
        {
            await responses.WriteAsync(await stream.NextAsync(cancellation), cancellation);
        }
    }

    private static string? FaultOf(DiscoveryRequest first)
    {
        if (first.RequestCase != DiscoveryRequest.RequestOneofCase.Hello)
        {
            return "hello: must be the first message";
        }

        var hello = first.Hello;
        if (hello.Service.Length != 0 && !ValueKinds.ServiceName.TryParse(hello.Service, out _))
        {
            return $"hello.service: '{Shown.Text(hello.Service)}' is not {ValueKinds.ServiceName.Expectation}";
        }

        if (hello.Inbound && hello.Service.Length == 0)
        {
            return "hello.inbound: calls come in to a service; give hello.service as well";
        }

        return hello.InstanceId.Length > MaxTextLength ? $"hello.instance_id: has {hello.InstanceId.Length} characters, and may have {MaxTextLength}"
            : PrintableText.WhyNot(hello.InstanceId) is { } why ? $"hello.instance_id: {why}"
            : null;
    }
}
