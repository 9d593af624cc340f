using System.Runtime.InteropServices;

namespace Mesh.Hosting;

/// <summary>
/// The end of a process: the first SIGTERM or SIGINT cancels <see cref="Drain"/>, upon which the process finishes what
/// it has and returns 0; a second signal ends it at once with the code shells give it, 128 + the signal's number.
/// Create it first thing in Main. Any thread.
/// </summary>
/// <remarks>
/// A service that runs in the background is not ended by what means something to programs at a terminal: SIGHUP has it read
/// its files again, SIGUSR1 and SIGUSR2 are ignored, SIGQUIT drains it as SIGTERM does.
/// </remarks>
public sealed class Shutdown : IDisposable
{
    // .NET has no names for them; it takes the system's numbers, which differ.
    private static readonly PosixSignal[] UserSignals = OperatingSystem.IsLinux() ? [(PosixSignal)10, (PosixSignal)12] : [(PosixSignal)30, (PosixSignal)31];

    /// <summary>SIGXFSZ. A file that may not grow any more is an error like a full disk, and no reason to end, which is what the signal does.</summary>
    private const PosixSignal FileTooLarge = (PosixSignal)25;

    private const int HangupNumber = 1;

    // Whatever hears of the signal has ended the process by then.
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _drain = new();
    private readonly List<PosixSignalRegistration> _signals;
    private volatile bool _isStarting;
    private ITimer? _end;
    private int _received;

    /// <summary>Takes the signals over from the runtime.</summary>
    /// <param name="isService">It runs in the background.</param>
    public Shutdown(bool isService = false)
    {
        SignalMask.Clear();
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal)];
        if (isService && !OperatingSystem.IsWindows())
        {
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal));
            _signals.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangup));
            _signals.AddRange(UserSignals.Select(signal => PosixSignalRegistration.Create(signal, OnUserSignal)));
            _signals.Add(PosixSignalRegistration.Create(FileTooLarge, context => context.Cancel = true));
        }
    }

    /// <summary>
    /// SIGHUP, SIGUSR1 or SIGUSR2 has come, which ends no service: by its number, for one who passes it on. Raised on a thread of the pool.
    /// </summary>
    public event Action<int>? Passed;

    /// <summary>A second signal ends the process at once, without any cleaning up: called before.</summary>
    public Action? EndingNow { get; set; }

    /// <summary>SIGHUP: files are to be read again. Raised on a thread of the pool.</summary>
    public event Action? Hangup;

    /// <summary>
    /// Set while nothing has begun that is to be finished. What blocks meanwhile, such as a file system that does not answer, hears
    /// of no signal: after the first one the process ends within a second in any case, with 0.
    /// </summary>
    public bool IsStarting
    {
        get => _isStarting;
        set => _isStarting = value;
    }

    /// <summary>What asked for the end: <c>SIGTERM</c>, <c>SIGINT</c>, <c>SIGQUIT</c>; empty before, or if the program did.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Cancelled when the process is to drain and end.</summary>
    public CancellationToken Drain => _drain.Token;

    /// <summary>Completes when the process is to drain and end.</summary>
    public async Task WaitAsync()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (Drain.Register(asked.SetResult))
        {
            await asked.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Asks for the drain as a first signal would; a signal after it ends the process at once.</summary>
    public void Begin()
    {
        if (Interlocked.Increment(ref _received) == 1)
        {
            _drain.Cancel();
        }
    }

    /// <summary>Gives the signals back to the runtime.</summary>
    public void Dispose()
    {
        foreach (var signal in _signals)
        {
            signal.Dispose();
        }

        _end?.Dispose();
        _drain.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Or the runtime would end the process when we return.
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) == 1)
        {
            Reason = context.Signal.ToString();
            if (_isStarting)
            {
                _end = TimeProvider.System.CreateTimer(_ => EndIfStarting(), null, LongestStart, Timeout.InfiniteTimeSpan);
            }

            _drain.Cancel();
        }
        else
        {
            EndingNow?.Invoke();
            ProcessEnd.Now(context.Signal switch
            {
                PosixSignal.SIGINT => 130,
                PosixSignal.SIGQUIT => 131,
                _ => 143,
            });
        }
    }

    private void EndIfStarting()
    {
        if (_isStarting)
        {
            ProcessEnd.Now(0);
        }
    }

    private void OnHangup(PosixSignalContext context)
    {
        context.Cancel = true;
        Hangup?.Invoke();
        Passed?.Invoke(HangupNumber);
    }

    private void OnUserSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        Passed?.Invoke((int)context.Signal);
    }
}
