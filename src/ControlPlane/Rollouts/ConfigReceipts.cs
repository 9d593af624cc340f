using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Streams;
using Mesh.ControlPlane.Xds.Serving;
using Mesh.V1;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>What sidecars have made of the present version of a resource, here and at the control planes that share our store. Any thread.</summary>
internal sealed class ConfigReceipts(
    NodeStreams streams, XdsStreams clients, ResourceKinds kinds, ConfigResources configs, RolloutSignals signals, Replica replica, OtherControlPlanes others)
{
    // A page of errors is all that somebody reads, and an answer has to stay below 4 MiB.
    private const int MostShown = 1000;
    private const int LongestError = 1024;

    /// <summary>
    /// While a staged rollout is under way a sidecar has applied the resource if it has the version that it is to have. What is told of the rollout
    /// has the figures of all control planes, and how the times are spread.
    /// </summary>
    /// <param name="kind">Of the resource, which need not be there.</param>
    /// <param name="name">Of the resource.</param>
    /// <param name="request">What is wanted of it.</param>
    /// <param name="cancellation">Ends the asking of others.</param>
    public async Task<ListReceiptsResponse> ReadAsync(ConfigKind kind, string name, ListReceiptsRequest request, CancellationToken cancellation)
    {
        var own = Own(kind, name, request.RolloutId);
        if (request.Here || replica.IsAlone)
        {
            return Shortened(own);
        }

        var asked = new ListReceiptsRequest { Service = name, Kind = kind.Name, Here = true, RolloutId = request.RolloutId };
        var (answers, silent) = await others.AskAsync((channel, options) => new V1.Config.ConfigClient(channel).ListReceiptsAsync(asked, options), static answer => answer.AnsweredBy, cancellation);
        foreach (var answer in answers)
        {
            own.Concerned += answer.Concerned;
            // One that is behind has counted those of a former version.
            own.Applied += answer.Version == own.Version ? answer.Applied : 0;
            own.Receipts.Add(answer.Receipts);
            own.Clients.Add(answer.Clients);
            own.Hashes.Add(answer.Hashes);
            if (own.Rollout is { } rollout && answer.Rollout?.Id == rollout.Id && rollout.State == Rollout.Types.State.UnderWay)
            {
                rollout.Canary = Sum(rollout.Canary, answer.Rollout.Canary);
                rollout.Others = Sum(rollout.Others, answer.Rollout.Others);
            }
        }

        own.Silent.Add(silent);
        return Shortened(own);
    }

    private ListReceiptsResponse Own(ConfigKind kind, string name, string rolloutId)
    {
        var response = new ListReceiptsResponse { Version = configs.Find(kind, name)?.Version ?? 0, AnsweredBy = replica.Owner, Rollout = RolloutOf(kind, name) };
        var address = replica.Address;
        foreach (var receipt in streams.Receipts(new ResourceKey(kinds.Of(kind), name)))
        {
            response.Concerned++;
            if (rolloutId.Length != 0)
            {
                response.Hashes.Add(RolloutEntry.HashOf(rolloutId, receipt.Sidecar));
            }

            if (receipt is { Error: null } && receipt.Applied == (configs.FindFor(kind, name, receipt.Sidecar)?.Version ?? 0))
            {
                response.Applied++;
                continue;
            }

            response.Receipts.Add(new Receipt
            {
                Sidecar = receipt.Sidecar,
                Applied = Math.Max(0, receipt.Applied),
                Error = PrintableText.Of(receipt.Error ?? "", LongestError),
                Rejected = receipt.Rejected,
                ControlPlane = address,
            });
        }

        if (kind == ConfigKinds.Policy)
        {
            response.Clients.Add(clients.Receipts(name).Select(receipt => new ClientReceipt
            {
                Client = receipt.Client,
                Agent = receipt.Agent,
                Applied = receipt.IsCurrent,
                Error = PrintableText.Of(receipt.Error, LongestError),
                ControlPlane = address,
            }));
        }

        return response;
    }

    private Rollout? RolloutOf(ConfigKind kind, string name)
    {
        if (configs.FindRollout(kind, name) is not { } entry)
        {
            return null;
        }

        var rollout = entry.Rollout.Clone();
        if (entry.IsOpen)
        {
            (rollout.Canary, rollout.Others) = signals.Of(rollout.Id);
        }

        return rollout;
    }

    private static RolloutFigures Sum(RolloutFigures one, RolloutFigures other)
    {
        var sum = new SeenCalls();
        sum.Add(one);
        sum.Add(other);
        return sum.ToFigures(isWhole: true);
    }

    private static ListReceiptsResponse Shortened(ListReceiptsResponse response)
    {
        var shown = response.Receipts
            .OrderByDescending(receipt => receipt.Error.Length != 0).ThenBy(receipt => receipt.Sidecar, StringComparer.Ordinal).Take(MostShown).ToList();
        response.Receipts.Clear();
        response.Receipts.Add(shown);
        var clients = response.Clients
            .OrderByDescending(client => client.Error.Length != 0).ThenBy(client => client.Applied).ThenBy(client => client.Client, StringComparer.Ordinal).Take(MostShown).ToList();
        response.Clients.Clear();
        response.Clients.Add(clients);
        return response;
    }
}
