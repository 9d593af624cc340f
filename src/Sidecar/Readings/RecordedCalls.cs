using Google.Protobuf.WellKnownTypes;
using Mesh.Sidecar.Recorder;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Readings;

/// <summary>Finds calls among those that the loops remember. Any thread; each loop stands still for one copy.</summary>
internal sealed class RecordedCalls(SidecarView view)
{
    /// <summary>What is sent to a control plane, with room for what is around it.</summary>
    private const int MostBytes = 250 * 1024;

    /// <summary>What does not change while calls are remembered: who we are, and what we do not apply.</summary>
    public async Task<Api.SidecarCalls> FindAsync(Api.CallQuery query)
    {
        var found = new Api.SidecarCalls { Service = view.Options.Service ?? "", InstanceId = view.Options.InstanceId };
        found.Unapplied.Add((view.ControlPlane?.Rejected ?? []).Take(100).Select(one =>
            new Api.UnappliedResource { Kind = one.Kind, Name = one.Service, Version = one.Version, Error = one.Error }));
        var loops = await LoopReading.OfAllAsync(view, worker => worker.Recorder.Copy());
        CallSearch.Find(found, loops.SelectMany(loop => loop.Reading), query, view.Time.GetUtcNow(), MostBytes);
        return found;
    }
}
