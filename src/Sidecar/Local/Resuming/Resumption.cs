using Google.Protobuf;
using Grpc.Core;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>
/// What has to be known of a stream to begin it anew where it was: kept from what both sides have said. One caller at a time.
/// </summary>
/// <typeparam name="TRequest">What the consumer says.</typeparam>
/// <typeparam name="TResponse">What it is told.</typeparam>
internal abstract class Resumption<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Asks the control plane.</summary>
    public abstract AsyncDuplexStreamingCall<TRequest, TResponse> Call(ChannelBase channel, CallOptions options);

    /// <summary>The consumer has said its first.</summary>
    /// <returns>Whether a stream can begin so; if not, it is for the control plane to say why.</returns>
    public abstract bool Begin(TRequest first);

    /// <summary>The first message of a stream that goes on from here.</summary>
    public abstract TRequest Resumed();

    /// <summary>The consumer has said something more.</summary>
    /// <returns>Whether it is in <see cref="Resumed"/>: if it does not arrive, nothing is lost.</returns>
    public abstract bool Said(TRequest request);

    /// <summary>The control plane has said something.</summary>
    /// <returns>Whether it is for the consumer, or concerns a stream that it knows nothing of.</returns>
    public abstract bool Heard(TResponse response);
}
