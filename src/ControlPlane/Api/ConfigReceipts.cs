using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Streams;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>What sidecars have made of the present version of a resource, here and at the control planes that share our store. Any thread.</summary>
internal sealed class ConfigReceipts(NodeStreams streams, ResourceKinds kinds, Replica replica, OtherControlPlanes others)
{
    // A page of errors is all that somebody reads, and an answer has to stay below 4 MiB.
    private const int MostShown = 1000;
    private const int LongestError = 1024;

    /// <param name="present">The resource as it is.</param>
    /// <param name="here">Only our own sidecars.</param>
    /// <param name="cancellation">Ends the asking of others.</param>
    public async Task<ListReceiptsResponse> ReadAsync(ConfigEntry present, bool here, CancellationToken cancellation)
    {
        var own = Own(present);
        if (here || replica.IsAlone)
        {
            return Shortened(own);
        }

        var request = new ListReceiptsRequest { Service = present.Name, Kind = present.Kind.Name, Here = true };
        var (answers, silent) = await others.AskAsync((channel, options) => new V1.Config.ConfigClient(channel).ListReceiptsAsync(request, options), static answer => answer.AnsweredBy, cancellation);
        foreach (var answer in answers)
        {
            own.Concerned += answer.Concerned;
            // One that is behind has counted those of a former version.
            own.Applied += answer.Version == present.Version ? answer.Applied : 0;
            own.Receipts.Add(answer.Receipts);
        }

        own.Silent.Add(silent);
        return Shortened(own);
    }

    private ListReceiptsResponse Own(ConfigEntry present)
    {
        var response = new ListReceiptsResponse { Version = present.Version, AnsweredBy = replica.Owner };
        var address = replica.Address;
        foreach (var receipt in streams.Receipts(new ResourceKey(kinds.Of(present.Kind), present.Name)))
        {
            response.Concerned++;
            if (receipt is { Error: null } && receipt.Applied == present.Version)
            {
                response.Applied++;
                continue;
            }

            response.Receipts.Add(new Receipt
            {
                Sidecar = receipt.Sidecar,
                Applied = Math.Max(0, receipt.Applied),
                Error = PrintableText.Of(receipt.Error ?? "", LongestError),
                ControlPlane = address,
            });
        }

        return response;
    }

    private static ListReceiptsResponse Shortened(ListReceiptsResponse response)
    {
        var shown = response.Receipts
            .OrderByDescending(receipt => receipt.Error.Length != 0).ThenBy(receipt => receipt.Sidecar, StringComparer.Ordinal).Take(MostShown).ToList();
        response.Receipts.Clear();
        response.Receipts.Add(shown);
        return response;
    }
}
