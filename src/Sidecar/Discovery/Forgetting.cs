
using Mesh.Sidecar.Discovery.Services;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Forgets the services that nobody here has called for long, and sees that policies which wait for what never comes do not keep
/// their service waiting. <see cref="RunAsync"/> runs once.
/// </summary>
/// <param name="directory">Knows what is called.</param>
/// <param name="intake">Forgets what was said of it.</param>
/// <param name="isConnected">Whether a control plane could say it again.</param>
/// <param name="unsubscribe">Tells it, and <see cref="ServiceDirectory.Unwant"/>, in one.</param>
/// <param name="publish">Makes a snapshot without them.</param>
/// <param name="freed">Told how many were forgotten: it may be worth giving memory back. Null if nobody minds.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told when there are too many names.</param>
internal sealed class Forgetting(
    ServiceDirectory directory,
    ResourceIntake intake,
    Func<bool> isConnected,
    Action<IReadOnlyList<string>> unsubscribe,
    Action publish,
    Action<int>? freed,
    TimeProvider time,
    Log log)
{
    /// <summary>Names that were turned away wait for it, well within what a call waits.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>While there is room, nobody waits: all names are gone through every so many rounds.</summary>
    private const int RoundsAtLeisure = 10;

    private static readonly string Crowded =
        $"callers ask this sidecar for more services than the {WantedNames.Most} it remembers; names that no service has are forgotten when nobody calls them: try again";

    private int _round;
    private long _turnedAway;
    private bool _isCrowded;

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            Look();
        }
    }

    private void Look()
    {
        var names = directory.Names;
        var isChanged = directory.IsPolicyOverdue;
        if (_round++ % RoundsAtLeisure == 0 || names.Count > WantedNames.Comfortable)
        {
            var idle = directory.Idle(isConnected());
            if (idle.Count > 0)
            {
                unsubscribe(idle);
                intake.Forget(idle);
                isChanged = true;
                freed?.Invoke(idle.Count);
            }

            directory.WantTargets();
        }

        var turnedAway = names.TurnedAway;
        var isCrowded = turnedAway > _turnedAway;
        _turnedAway = turnedAway;
        if (isCrowded != _isCrowded)
        {
            _isCrowded = isCrowded;
            if (isCrowded)
            {
                log.Warn($"callers ask for more services than the {WantedNames.Most} that are remembered; the names that no service has are forgotten, the oldest first, and calls for new ones refused meanwhile");
            }
            else
            {
                log.Info($"there is room again for the names of services; {names.Forgotten} were forgotten so far");
            }
        }

        directory.SetCrowded(isCrowded ? Crowded : null);
        if (isChanged)
        {
            publish();
        }
    }
}
