using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Mesh.Cli.Verbs.Xds;

/// <summary>A stream on which resources are asked for, a kind after the other. One caller at a time.</summary>
internal sealed class XdsConversation : IDisposable
{
    private const string Prefix = "type.googleapis.com/";

    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default.WithTypeRegistry(TypeRegistry.FromFiles(
        Envoy.HttpConnectionManagerReflection.Descriptor, Envoy.RouterReflection.Descriptor, Envoy.FaultReflection.Descriptor)));

    private readonly AsyncDuplexStreamingCall<Envoy.DiscoveryRequest, Envoy.DiscoveryResponse> _call;
    private readonly CancellationToken _cancellation;
    private Envoy.Node? _node;

    public XdsConversation(Conversation talk, Envoy.Node node)
    {
        _node = node;
        _cancellation = talk.Cancellation;
        _call = new Envoy.AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(talk.Channel).StreamAggregatedResources(cancellationToken: _cancellation);
    }

    public static JsonNode ToJson(IMessage resource) => JsonNode.Parse(Json.Format(resource))!;

    /// <summary>As many resources as there are names; fewer of a kind of which a response holds all that there are.</summary>
    public async Task<List<T>> AskAsync<T>(IReadOnlyList<string> names)
        where T : IMessage, new()
    {
        await _call.RequestStream.WriteAsync(new Envoy.DiscoveryRequest { Node = _node, TypeUrl = Prefix + new T().Descriptor.FullName, ResourceNames = { names } }, _cancellation);
        _node = null;
        List<T> found = [];
        do
        {
            if (!await _call.ResponseStream.MoveNext(_cancellation))
            {
                throw new CliException("the control plane ended the stream before all was said");
            }

            found.AddRange(_call.ResponseStream.Current.Resources.Select(resource => resource.Unpack<T>()));
        }
        while (found.Count < names.Count && typeof(T) == typeof(Envoy.ClusterLoadAssignment));
        return found;
    }

    public void Dispose() => _call.Dispose();
}
