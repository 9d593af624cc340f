using Mesh.V1;

namespace Mesh.Cli.Answers;

/// <summary>How the staged rollout of a resource goes.</summary>
internal static class Rollouts
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>Waits until it is decided, or the time is up.</summary>
    /// <param name="configs">Asked.</param>
    /// <param name="service">Whose resource.</param>
    /// <param name="kind">Which.</param>
    /// <param name="version">The version that is tried out.</param>
    /// <param name="longest">How long is waited.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task<Rollout> WaitAsync(
        Config.ConfigClient configs, string service, string kind, long version, TimeSpan longest, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if ((await Receipts.ReadAsync(configs, service, kind, cancellation)).Rollout is not { } rollout || rollout.Version != version)
            {
                throw new CliException($"the rollout of version {version} of '{service}' is over, and another change has been made since (meshctl history {service})");
            }

            if (rollout.State != Rollout.Types.State.UnderWay || TimeProvider.System.GetElapsedTime(began) >= longest)
            {
                return rollout;
            }

            await Task.Delay(Pause, cancellation);
        }
    }
}
