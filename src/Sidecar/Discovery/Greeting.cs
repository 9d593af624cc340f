using Grpc.Core;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>The first word on a stream, by which one knows a control plane of this mesh.</summary>
/// <param name="survey">Waits for it, and knows which store the mesh goes by.</param>
/// <param name="channels">Told how long leases last.</param>
internal sealed class Greeting(ControlPlaneSurvey survey, ControlPlaneChannels channels)
{
    /// <returns>Why it is none; null if it is.</returns>
    public async Task<StreamEnd?> ReadAsync(IAsyncStreamReader<Api.DiscoveryResponse> responses, ControlPlaneChannel channel, CancellationToken end)
    {
        var url = channel.Url;
        switch (await survey.FirstWordAsync(responses, end))
        {
            case null:
                return Silent(channel);
            case false:
                return new StreamEnd("it has ended the stream without a word");
        }

        if (responses.Current.StoreId is not { Length: > 0 } storeId)
        {
            return new StreamEnd(CallFailure.Foreign(At(url), "its first word names no store"), SaysWhere: true);
        }

        channel.OnHeard();
        if (responses.Current.LeaseTtl is { } leaseTtl)
        {
            channels.SetLease(leaseTtl, url);
        }

        if (survey.Judge(url, storeId) is { } refused)
        {
            return new StreamEnd(refused, SaysWhere: true, IsTold: true);
        }

        return channels.Newest.WhyBehind(url, storeId, responses.Current.Revision) is { } behind ? new StreamEnd(behind) : null;
    }

    /// <summary>Nothing came.</summary>
    public static StreamEnd Silent(ControlPlaneChannel channel) => new(CallFailure.Foreign(At(channel.Url), "it says nothing"), SaysWhere: true);

    private static string At(Uri url) => $"at {ControlPlaneChannels.Shown(url)}";
}
