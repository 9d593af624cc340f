using Grpc.Core;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Tests.Api;
using Mesh.ControlPlane.Xds.Serving;

namespace Mesh.ControlPlane.Tests.Xds;

/// <summary>A bare client of the discovery stream, message by message.</summary>
internal sealed class AdsCall(TestPlane plane, string agent = "gRPC C-core linux Python", string version = "C-core 29.0.0 Python 1.51.1") : IDisposable
{
    private readonly AsyncDuplexStreamingCall<Envoy.DiscoveryRequest, Envoy.DiscoveryResponse> _call =
        new Envoy.AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(plane.Connect()).StreamAggregatedResources(cancellationToken: Bound.Token());

    private bool _hasBegun;
    private Task<bool>? _next;

    public Task AskAsync(XdsKind kind, params string[] names) => SendAsync(kind, "", "", names);

    /// <summary>Says something in answer to a response: that it is applied, or why not, and which names are wanted from now on.</summary>
    public Task AnswerAsync(Envoy.DiscoveryResponse response, string? error, params string[] names) =>
        SendAsync(XdsKind.All.Single(kind => kind.TypeUrl == response.TypeUrl), response.VersionInfo, response.Nonce, names, error);

    public async Task SendAsync(XdsKind kind, string version1, string nonce, string[] names, string? error = null)
    {
        var request = new Envoy.DiscoveryRequest { TypeUrl = kind.TypeUrl, VersionInfo = version1, ResponseNonce = nonce, ResourceNames = { names } };
        if (!_hasBegun)
        {
            request.Node = new() { Id = "client-1", Cluster = "web", UserAgentName = agent, UserAgentVersion = version, Locality = new() { Region = "eu", Zone = "a" } };
            _hasBegun = true;
        }

        if (error is not null)
        {
            request.ErrorDetail = new() { Code = 3, Message = error };
        }

        await _call.RequestStream.WriteAsync(request);
    }

    /// <summary>The next response, however long it gathers.</summary>
    public async Task<Envoy.DiscoveryResponse> NextAsync()
    {
        await Bound.UntilAsync(() =>
        {
            _next ??= _call.ResponseStream.MoveNext(Bound.Token());
            if (!_next.IsCompleted)
            {
                plane.Time.Advance(Pace.Shortest);
            }

            return _next.IsCompleted;
        });
        Assert.True(await _next!);
        _next = null;
        return _call.ResponseStream.Current;
    }

    /// <summary>Asks for a name in a way that has an answer at once, and expects nothing before that: nothing else was to be sent.</summary>
    public async Task ExpectNothingElseAsync()
    {
        await AskAsync(XdsKind.Routes, "sentinel");
        Assert.Equal("sentinel", Unpack<Envoy.RouteConfiguration>(await NextAsync())[0].Name);
    }

    public static List<T> Unpack<T>(Envoy.DiscoveryResponse response)
        where T : Google.Protobuf.IMessage, new() => [.. response.Resources.Select(resource => resource.Unpack<T>())];

    public void Dispose() => _call.Dispose();
}
