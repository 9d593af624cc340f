using Google.Protobuf;

namespace Mesh.Sidecar.Local.Resuming;

/// <summary>A streaming method of the control plane whose callers do not notice that it goes away for a while. Any thread.</summary>
/// <param name="path">"/pkg.Service/Method".</param>
internal abstract class ResumedMethod(string path)
{
    /// <summary>As it stands in a request.</summary>
    public byte[] Path { get; } = System.Text.Encoding.ASCII.GetBytes(path);

    /// <summary>Carries one call, until its end.</summary>
    /// <param name="call">The caller.</param>
    /// <param name="traceparent">Of the call; empty if it has none.</param>
    public abstract Task RunAsync(ResumedCall call, string traceparent);

    /// <summary>All that there are.</summary>
    /// <param name="channels">To the control planes.</param>
    /// <param name="source">For whom the sidecar calls.</param>
    /// <param name="isEnding">Whether the sidecar drains.</param>
    /// <param name="time">The clock.</param>
    public static IReadOnlyList<ResumedMethod> All(BrokerChannels channels, string source, Func<bool> isEnding, TimeProvider time) =>
    [
        new Of<V1.SubscribeRequest, V1.SubscribeResponse>(
            "/mesh.v1.Events/Subscribe", () => new SubscribeResumption(), V1.SubscribeRequest.Parser, channels, source, isEnding, time),
        new Of<V1.ReceiveRequest, V1.ReceiveResponse>(
            "/mesh.v1.Queues/Receive", () => new ReceiveResumption(), V1.ReceiveRequest.Parser, channels, source, isEnding, time),
    ];

    private sealed class Of<TRequest, TResponse>(
        string path,
        Func<Resumption<TRequest, TResponse>> begin,
        MessageParser<TRequest> parser,
        BrokerChannels channels,
        string source,
        Func<bool> isEnding,
        TimeProvider time)
        : ResumedMethod(path)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        public override Task RunAsync(ResumedCall call, string traceparent) =>
            new ResumedStream<TRequest, TResponse>(call, begin(), parser, channels, new CallerHeaders(source, traceparent), isEnding, time).RunAsync();
    }
}
