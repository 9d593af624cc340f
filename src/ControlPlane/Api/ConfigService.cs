using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Paging;
using Mesh.ControlPlane.Rollouts;
using Mesh.ControlPlane.Xds.Mapping;
using Mesh.ControlPlane.Xds.Serving;
using Mesh.V1;

namespace Mesh.ControlPlane.Api;

/// <summary>mesh.v1.Config: validates, calls the resources, maps what they say.</summary>
internal sealed class ConfigService(ConfigResources configs, ConfigReceipts receipts, StagedRollouts rollouts, XdsStreams clients) : V1.Config.ConfigBase
{
    // Some clients accept no message above 4 MiB, and what was stored must not be answered with an error.
    private const int MaxAnswer = 3 * 1024 * 1024;

    // Each has some hundred bytes.
    private const int MaxWarnings = 200;

    // What the control plane adds to a resource: version, times, revision; and the name, which each kind has once.
    private const int MaxAdded = 64 + DnsLabel.MaxLength;

    public override async Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        if (OriginFaults.Of(request.Author, request.Reason) is { Count: > 0 } unclear)
        {
            throw Faults.Invalid(unclear);
        }

        if (ResourceFaults.Of(request.Resources) is { Count: > 0 } faults)
        {
            throw Faults.Invalid(faults);
        }

        var origin = new ConfigOrigin(request.Author, request.Reason);
        ConfigChange[] changes = [.. request.Resources.SelectMany(ConfigKinds.ChangesOf)];
        if (request.HasIfVersion)
        {
            changes = changes.Length == 1
                ? [changes[0] with { IfVersion = request.IfVersion }]
                : throw Faults.Invalid($"if_version: is of one resource, and the request has {changes.Length}");
        }

        if (AnswerSize(request, changes.Length) is > MaxAnswer and var size)
        {
            throw Faults.Exhausted($"the answer would have {size} bytes, and may have {MaxAnswer}: apply fewer resources at once");
        }

        if (request.Staging is not null)
        {
            return WithWarnings(await TryOutAsync(changes, origin, request, context.CancellationToken), request);
        }

        var stored = await UnlessConflictAsync(() => configs.ApplyAsync(changes, origin, request.DryRun))
            ?? throw Faults.Exhausted($"at most {ConfigResources.MaxResources} services can have a configuration");
        var response = new ApplyResponse();
        response.Resources.Add(stored.Select(entry => entry.ToResource()));
        return WithWarnings(response, request);
    }

    public override async Task<ConfigResource> Get(GetConfigRequest request, ServerCallContext context)
    {
        var kind = KindOf(request.Kind);
        if (request.Version != 0)
        {
            return await configs.FindAsync(kind, request.Service, request.Version, context.CancellationToken) is { IsDeleted: false } kept
                ? kept.ToResource()
                : throw Faults.NotFound($"version {request.Version} of {Whose(kind, request.Service)} is not kept, or was a deletion");
        }

        return configs.Find(kind, request.Service) is { IsDeleted: false } found
            ? found.ToResource()
            : throw NoConfig(kind, request.Service);
    }

    public override Task<ListConfigResponse> List(ListConfigRequest request, ServerCallContext context)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, "configs", keys: 2, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var response = new ListConfigResponse();
        var fill = new MessageFill(page.Size);
        ConfigEntry? last = null;
        foreach (var entry in After(page.After[0], page.After[1]))
        {
            var resource = entry.ToResource();
            if (!fill.TryAdd(resource))
            {
                response.NextPageToken = page.Next(last!.Kind.Name, last.Name);
                break;
            }

            response.Resources.Add(resource);
            last = entry;
        }

        return Task.FromResult(response);
    }

    public override async Task<ListConfigVersionsResponse> ListVersions(ListConfigVersionsRequest request, ServerCallContext context)
    {
        if (PageRequest.TryRead(request.PageSize, request.PageToken, $"versions/{request.Kind}/{request.Service}", keys: 1, out var page) is { } fault)
        {
            throw Faults.Invalid(fault);
        }

        var kind = KindOf(request.Kind);
        var present = configs.Find(kind, request.Service) ?? throw NoConfig(kind, request.Service);
        var response = new ListConfigVersionsResponse();
        var fill = new MessageFill(page.Size);
        var oldest = Math.Max(1, present.Version - ConfigBatch.KeptVersions + 1);
        for (var version = long.TryParse(page.After[0], out var last) ? Math.Min(last - 1, present.Version) : present.Version; version >= oldest; version--)
        {
            if (await configs.FindAsync(kind, request.Service, version, context.CancellationToken) is not { } kept)
            {
                continue;
            }

            var shown = new ConfigVersion { Resource = kept.ToResource(), Deleted = kept.IsDeleted };
            if (!fill.TryAdd(shown))
            {
                response.NextPageToken = page.Next((version + 1).ToString(CultureInfo.InvariantCulture));
                break;
            }

            response.Versions.Add(shown);
        }

        return response;
    }

    public override async Task<ListReceiptsResponse> ListReceipts(ListReceiptsRequest request, ServerCallContext context)
    {
        var kind = KindOf(request.Kind);
        if (configs.Find(kind, request.Service) is null && configs.FindRollout(kind, request.Service) is null && request.RolloutId.Length == 0)
        {
            throw NoConfig(kind, request.Service);
        }

        var known = await receipts.ReadAsync(kind, request.Service, request, context.CancellationToken);
        if (!request.Here && known.Rollout is { } rollout)
        {
            if (configs.FindRollout(kind, request.Service) is { IsOpen: true } open && open.Rollout.Id == rollout.Id)
            {
                rollout.Why = rollouts.Judge(open, known).Why;
            }

            (rollout.Canary, rollout.Others) = (StagedRollouts.Shown(rollout.Canary), StagedRollouts.Shown(rollout.Others));
        }

        return known;
    }

    public override async Task<Rollout> DecideRollout(DecideRolloutRequest request, ServerCallContext context)
    {
        if (OriginFaults.Of(request.Author, request.Reason) is { Count: > 0 } unclear)
        {
            throw Faults.Invalid(unclear);
        }

        if (request.Decision is not (Rollout.Types.State.Promoted or Rollout.Types.State.Aborted))
        {
            throw Faults.Invalid("decision: must be PROMOTED or ABORTED");
        }

        var kind = KindOf(request.Kind);
        var rollout = configs.FindRollout(kind, request.Service) ?? throw Faults.NotFound($"{Whose(kind, request.Service)} has no staged rollout");
        var known = await receipts.ReadAsync(kind, request.Service, new ListReceiptsRequest(), context.CancellationToken);
        var by = request.Author.Length == 0 ? "by hand" : $"by {request.Author}";
        var why = request.Reason.Length == 0 ? by : $"{by}: {request.Reason}";
        var isPromoted = request.Decision == Rollout.Types.State.Promoted;
        return rollout.IsOpen && await rollouts.EndAsync(rollout, isPromoted, why, known, new ConfigOrigin(request.Author, request.Reason)) is { } decided
            ? decided
            : throw Faults.Of(StatusCode.FailedPrecondition, $"the staged rollout of {Whose(kind, request.Service)} is over: version {rollout.Rollout.Version} was {StateOf(configs.FindRollout(kind, request.Service))}");
    }

    public override async Task<DeleteConfigResponse> Delete(DeleteConfigRequest request, ServerCallContext context)
    {
        if (OriginFaults.Of(request.Author, request.Reason) is { Count: > 0 } unclear)
        {
            throw Faults.Invalid(unclear);
        }

        // What was never applied under a name that is none must not be deleted, which would be its first version.
        if (request.AllowMissing && ServiceNames.FirstFault([request.Service]) is not null)
        {
            throw Faults.Invalid($"service: '{Shown.Text(request.Service)}' is not {Hosting.ValueKinds.ServiceName.Expectation}");
        }

        var kind = KindOf(request.Kind);
        var origin = new ConfigOrigin(request.Author, request.Reason);
        long? ifVersion = request.HasIfVersion ? request.IfVersion : null;
        var deleted = await UnlessConflictAsync(() => configs.DeleteAsync(kind, request.Service, origin, request.AllowMissing, ifVersion))
            ?? throw NoConfig(kind, request.Service);
        return new DeleteConfigResponse { Version = deleted.Version, Revision = deleted.Revision };
    }

    private async Task<ApplyResponse> TryOutAsync(ConfigChange[] changes, ConfigOrigin origin, ApplyRequest request, CancellationToken cancellation)
    {
        if (changes.Length != 1)
        {
            throw Faults.Invalid($"staging: tries out one resource, and the request has {changes.Length}");
        }

        if (StagingFaults.Of(request.Staging) is { Count: > 0 } faults)
        {
            throw Faults.Invalid(faults);
        }

        try
        {
            var begun = await UnlessConflictAsync(() => rollouts.BeginAsync(changes[0], origin, request.Staging, request.DryRun, cancellation));
            return new ApplyResponse { Resources = { begun.Candidate.ToResource() } };
        }
        catch (StagingException unfit)
        {
            throw Faults.Of(StatusCode.FailedPrecondition, $"{Shown.Text(changes[0].Name)}: {unfit.Message}");
        }
    }

    // Who has no such clients is not bothered.
    private ApplyResponse WithWarnings(ApplyResponse response, ApplyRequest request)
    {
        response.Warnings.Add(request.Resources
            .Where(resource => resource.Config is not null && clients.IsCalled(resource.Service))
            .SelectMany(resource => WithoutEffect.Of(resource.Service, resource.Config))
            .Take(MaxWarnings));
        return response;
    }

    private static string StateOf(RolloutEntry? rollout) => rollout?.Rollout.State == Rollout.Types.State.Promoted ? "promoted" : "aborted";

    private IEnumerable<ConfigEntry> After(string kind, string name) => ConfigKinds.All
        .SkipWhile(other => kind.Length != 0 && other.Name != kind)
        .SelectMany(other => configs.All(other).SkipWhile(entry => other.Name == kind && string.CompareOrdinal(entry.Name, name) <= 0));

    private static ConfigKind KindOf(string name) => ConfigKinds.Named(name)
        ?? throw Faults.Invalid($"kind: '{Shown.Text(name)}' is not one of {string.Join(", ", ConfigKinds.All)}");

    private static long AnswerSize(ApplyRequest request, int resources)
    {
        var added = MaxAdded + CodedOutputStream.ComputeStringSize(request.Author) + CodedOutputStream.ComputeStringSize(request.Reason);
        return request.Resources.Sum(resource => (long)resource.CalculateSize()) + ((long)added * resources);
    }

    private static async Task<T> UnlessConflictAsync<T>(Func<Task<T>> change)
    {
        try
        {
            return await change();
        }
        catch (ConfigConflictException other)
        {
            var has = other.Version == 0 ? "there is none" : $"it is at version {other.Version}";
            throw Faults.Of(StatusCode.Aborted, $"if_version: {Shown.Text(other.Name)}: {has}: look at it again and decide anew");
        }
        catch (RolloutUnderWayException under)
        {
            throw UnderWay(under.Rollout);
        }
    }

    private static RpcException UnderWay(RolloutEntry rollout)
    {
        var name = Shown.Text(rollout.Name) + (rollout.Kind == ConfigKinds.Policy ? "" : $" --kind {rollout.Kind}");
        return Faults.Of(StatusCode.FailedPrecondition,
            $"{Shown.Text(rollout.Name)}: version {rollout.Candidate.Version} is being tried out, which has to be over first: 'meshctl rollout promote {name}' or 'meshctl rollout abort {name}' ends it now, 'meshctl rollout status {name}' says how it looks");
    }

    private static RpcException NoConfig(ConfigKind kind, string service) =>
        Faults.NotFound($"service '{Shown.Text(service)}' has no {(kind == ConfigKinds.Policy ? "configuration" : $"{kind} configuration")}");

    private static string Whose(ConfigKind kind, string service) =>
        $"the {(kind == ConfigKinds.Policy ? "configuration" : $"{kind} configuration")} of service '{Shown.Text(service)}'";
}
