using Mesh.ControlPlane.Registry;

namespace Mesh.ControlPlane.Xds.Serving;

/// <summary>
/// When it may be said of a service that nobody is there. A control plane that has come without a memory does not know it before its instances had time to register
/// again, and clients believe it at once: every call fails. Until then such an answer is held back. Any thread.
/// </summary>
internal sealed class FirstAnswers(RegistryOptions registry, TimeProvider time) : IDisposable
{
    // Clients take 15 s of silence for the answer that there is none.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(12);

    private volatile bool _mayBeEmpty;
    private ITimer? _timer;

    /// <summary>Whether it may.</summary>
    public bool MayBeEmpty => _mayBeEmpty;

    /// <summary>Called once it may; set once, before <see cref="Begin"/>.</summary>
    public Action Over { get; set; } = static () => { };

    /// <summary>Instances can reach us from now on.</summary>
    /// <param name="isRemembered">The store has brought the instances back: who is not among them is gone.</param>
    public void Begin(bool isRemembered)
    {
        if (isRemembered)
        {
            End();
            return;
        }

        _timer = time.CreateTimer(_ => End(), null, registry.LeaseTtl < Longest ? registry.LeaseTtl : Longest, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer?.Dispose();

    private void End()
    {
        _mayBeEmpty = true;
        Over();
    }
}
