using System.Globalization;
using Grpc.Core;
using Mesh.ControlPlane.Shares;
using Mesh.ControlPlane.Store;
using Mesh.ControlPlane.Xds.Mapping;
using Mesh.ControlPlane.Xds.Serving;

namespace Mesh.ControlPlane.Api;

/// <summary>
/// envoy.service.discovery.v3.AggregatedDiscoveryService: the stream of a gRPC client, or server, that has no sidecar, with one task that reads what it asks for
/// and one that writes what it needs.
/// </summary>
internal sealed class AdsService(XdsStreams streams, Journal journal, StreamScope scope, TimeProvider time, ILogger<AdsService> log)
    : Envoy.AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    private const int MaxTextLength = 128;

    // Of what a client says against a resource.
    private const int MaxErrorLength = 512;

    // One that follows the store is behind by milliseconds.
    private static readonly TimeSpan LongestCatchUp = TimeSpan.FromSeconds(2);

    public override Task StreamAggregatedResources(
        IAsyncStreamReader<Envoy.DiscoveryRequest> requestStream, IServerStreamWriter<Envoy.DiscoveryResponse> responseStream, ServerCallContext context) =>
        scope.RunAsync(context, async cancellation =>
        {
            if (!await requestStream.MoveNext(cancellation))
            {
                return;
            }

            await CatchUpAsync(requestStream.Current.VersionInfo, cancellation);
            var shares = ConnectionShares.Of(context.GetHttpContext());
            if (!shares.TryEnterSidecar())
            {
                throw Faults.Exhausted($"{ConnectionShares.MostSidecars} clients have their stream on this connection already, and no more may: open another one");
            }

            try
            {
                using var stream = Open(requestStream.Current.Node, shares.Names);
                log.LogDebug("client {Client} ({Agent}) connected from {Peer}", stream.Name, stream.Agent, context.Peer);
                await ServeAsync(stream, requestStream, responseStream, cancellation);
            }
            finally
            {
                shares.LeaveSidecar();
            }
        });

    public override Task DeltaAggregatedResources(
        IAsyncStreamReader<Envoy.DeltaDiscoveryRequest> requestStream, IServerStreamWriter<Envoy.DeltaDiscoveryResponse> responseStream, ServerCallContext context) =>
        throw Faults.Of(StatusCode.Unimplemented, "the state of the world is served, and no deltas: ask StreamAggregatedResources, as gRPC clients do");

    // Nobody is shown an older state than the one that it has from another control plane, where that is known within a moment. Longer would be an outage: a
    // store that was restored may never come so far.
    private async Task CatchUpAsync(string version, CancellationToken cancellation)
    {
        if (long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var revision))
        {
            await journal.ReachedAsync(revision, LongestCatchUp, cancellation);
        }
    }

    private XdsStream Open(Envoy.Node? node, Share names)
    {
        var agent = PrintableText.Of(node?.UserAgentName ?? "", MaxTextLength);
        var version = PrintableText.Of(node?.UserAgentVersion ?? "", MaxTextLength);
        var locality = LocalityText.Join(node?.Locality?.Region ?? "", node?.Locality?.Zone ?? "");
        var client = new ClientProfile(
            ClientClass.Of(agent, version), DnsLabel.IsValid(node?.Cluster ?? "") ? node!.Cluster : "", LocalityText.WhyNot(locality) is null ? locality : "");
        var id = PrintableText.Of(node?.Id ?? "", MaxTextLength);
        return streams.Open(client, id.Length == 0 ? "-" : id, version.Length == 0 ? agent : $"{agent} {version}", names);
    }

    private async Task ServeAsync(
        XdsStream stream, IAsyncStreamReader<Envoy.DiscoveryRequest> requests, IServerStreamWriter<Envoy.DiscoveryResponse> responses, CancellationToken cancellation)
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
            log.LogDebug("client {Client} disconnected", stream.Name);
        }
    }

    private async Task ReadAsync(XdsStream stream, IAsyncStreamReader<Envoy.DiscoveryRequest> requests, CancellationToken cancellation)
    {
        var rate = new RequestRate(time);
        do
        {
            var request = requests.Current;
            if (request.ErrorDetail is { } detail)
            {
                // It is kept.
                detail.Message = PrintableText.Of(detail.Message, MaxErrorLength);
            }

            // Of other kinds we know nothing, and clients do without.
            if (XdsKind.All.FirstOrDefault(kind => kind.TypeUrl == request.TypeUrl) is { } kind)
            {
                if (stream.Read(request, out var answer) is { } full)
                {
                    throw Faults.Exhausted($"{kind}: {full}");
                }

                if (answer is { Error: { } error, IsNews: true })
                {
                    log.LogWarning("client {Client} ({Agent}) rejects what it was sent of {Kind}: {Error}", stream.Name, stream.Agent, kind, error);
                }
            }

            if (rate.Take(request.ResourceNames.Count) is { Ticks: > 0 } wait)
            {
                await Task.Delay(wait, time, cancellation);
            }
        }
        while (await requests.MoveNext(cancellation));
    }

    private static async Task WriteAsync(XdsStream stream, IServerStreamWriter<Envoy.DiscoveryResponse> responses, CancellationToken cancellation)
    {
        while (true)
        {
            await responses.WriteAsync(await stream.NextAsync(cancellation), cancellation);
        }
    }
}
