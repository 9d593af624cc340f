namespace Mesh.Cli.Load;

/// <summary>Makes many calls at once: a fixed list of them, or a steady stream. One run at a time per instance is not required.</summary>
internal sealed class Workload(ShopCalls calls, TimeProvider time)
{
    /// <summary>Of twelve calls in a steady stream, so many of each.</summary>
    private static readonly CallKind[] Mix =
    [
        CallKind.GetUser, CallKind.PlaceOrder, CallKind.GetUser, CallKind.Chat, CallKind.PlaceOrder,
        CallKind.GetItem, CallKind.GetUser, CallKind.WatchOrder, CallKind.GetUser, CallKind.UploadItems, CallKind.PlaceOrder,
        CallKind.GetItem,
    ];

    /// <summary>A worker is held up for 300 ms when it watches an order; with so many the rate holds all the same.</summary>
    private const int SteadyWorkers = 32;

    private int _number;

    /// <summary>Makes so many calls of each kind, evenly mixed.</summary>
    public Task RunAsync(IReadOnlyDictionary<CallKind, int> counts, int concurrency, CallLog log, CancellationToken cancellation)
    {
        var plan = Interleave(counts);
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(Work, cancellation)));

        async Task Work()
        {
            for (var i = Interlocked.Increment(ref next); i < plan.Count && !cancellation.IsCancellationRequested; i = Interlocked.Increment(ref next))
            {
                await MakeAsync(plan[i], log, cancellation);
            }

            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Makes calls of one kind, as fast as they are answered, until told to stop; those under way are finished.</summary>
    public Task RunUntilAsync(CallKind kind, int concurrency, CallLog log, CancellationToken stop, CancellationToken cancellation)
    {
        return Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(Work, cancellation)));

        async Task Work()
        {
            while (!stop.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                await MakeAsync(kind, log, cancellation);
            }
        }
    }

    /// <summary>
    /// Makes a mix of calls, at most so many a second, until told to stop. Those under way are cut and not counted: the
    /// Ctrl-C that ends us ends the services as well, in whatever order.
    /// </summary>
    public Task RunSteadilyAsync(int rate, CallLog log, CancellationToken stop)
    {
        var period = TimeSpan.FromSeconds((double)SteadyWorkers / rate);
        return Task.WhenAll(Enumerable.Range(0, SteadyWorkers).Select(worker => Task.Run(() => Work(worker), CancellationToken.None)));

        async Task Work(int worker)
        {
            try
            {
                // Spread over the period, or all would call at the same moments.
                await Task.Delay(period * worker / SteadyWorkers, time, stop);
                using var timer = new PeriodicTimer(period, time);
                do
                {
                    var number = Interlocked.Increment(ref _number);
                    await calls.MakeAsync(Mix[(int)((uint)number % (uint)Mix.Length)], number & int.MaxValue, log, stop);
                }
                while (await timer.WaitForNextTickAsync(stop));
            }
            catch (OperationCanceledException)
            {
                // Told to stop.
            }
        }
    }

    private Task MakeAsync(CallKind kind, CallLog log, CancellationToken cancellation) =>
        calls.MakeAsync(kind, Interlocked.Increment(ref _number) & int.MaxValue, log, cancellation);

    private static List<CallKind> Interleave(IReadOnlyDictionary<CallKind, int> counts) =>
    [
        .. counts
            .SelectMany(entry => Enumerable.Range(0, entry.Value).Select(i => (Kind: entry.Key, At: (i + 0.5) / entry.Value)))
            .OrderBy(call => call.At)
            .Select(call => call.Kind),
    ];
}
