using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// The end of a process: the first SIGTERM or SIGINT cancels <see cref="Drain"/>, upon which the process finishes what
/// it has and returns 0; a second signal ends it at once with the code shells give it, 128 + the signal's number.
/// Create it first thing in Main. Any thread.
/// </summary>
public sealed class Shutdown : IDisposable
{
    private readonly CancellationTokenSource _drain = new();
    private readonly PosixSignalRegistration[] _signals;
    private int _received;

    /// <summary>Takes the signals over from the runtime.</summary>
    public Shutdown() => _signals =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
    ];

    /// <summary>Cancelled when the process is to drain and end.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Completes when the process is to drain and end.</summary>
    public async Task WaitAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (Drain.Register(asked.SetResult))
        {
            await asked.Task;
        }
    }

    /// <summary>Asks for the drain as a first signal would; a signal after it ends the process at once.</summary>
    public void Begin()
    {
        if (Interlocked.Increment(ref _received) == 1)
            _drain.Cancel();
    }

    /// <summary>Gives the signals back to the runtime.</summary>
    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _drain.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Or the runtime would end the process when we return.
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
            _drain.Cancel();
        else
            ProcessEnd.Now(context.Signal == PosixSignal.SIGINT ? 130 : 143);
    }
}
