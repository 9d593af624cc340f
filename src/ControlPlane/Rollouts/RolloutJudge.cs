using Mesh.ControlPlane.Config;
using Mesh.ControlPlane.Replicas;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Rollouts;

/// <summary>Promotes staged rollouts or gives them up, by what the sidecars tell; at the control plane that leads.</summary>
internal sealed class RolloutJudge(
    ConfigResources configs, StagedRollouts rollouts, RolloutSignals signals, ConfigReceipts receipts, Replica replica, TimeProvider time, ILogger<RolloutJudge> log)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly ConfigOrigin Ourselves = new("control plane", "");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            signals.ForgetClosed();
            foreach (var rollout in replica.Leads ? configs.OpenRollouts.Values : [])
            {
                await JudgeAsync(rollout, stoppingToken);
            }
        }
    }

    private async Task JudgeAsync(RolloutEntry rollout, CancellationToken stop)
    {
        try
        {
            var known = await receipts.ReadAsync(rollout.Kind, rollout.Name, new ListReceiptsRequest(), stop);
            var decision = rollouts.Judge(rollout, known);
            if (decision.Verdict != RolloutVerdict.GoOn)
            {
                await rollouts.EndAsync(rollout, decision.Verdict == RolloutVerdict.Promote, decision.Why, known, Ourselves);
            }
        }
        catch (StoreException refused)
        {
            log.LogWarning("the staged rollout of {Kind} of {Name} is decided later: {Fault}", rollout.Kind, rollout.Name, refused.Message);
        }
        catch (Exception defect) when (!stop.IsCancellationRequested)
        {
            log.LogError(defect, "a defect of ours in judging the staged rollout of {Kind} of {Name}", rollout.Kind, rollout.Name);
        }
    }
}
