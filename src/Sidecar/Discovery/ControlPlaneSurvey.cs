using Grpc.Core;
using Api = Mesh.V1;

namespace Mesh.Sidecar.Discovery;

/// <summary>
/// Asks every control plane of the list which store it goes by, so that one which is not of our mesh is known at the start and
/// not when it is needed. Says so when one is found. Runs beside the client; <see cref="RunAsync"/> runs once.
/// </summary>
internal sealed class ControlPlaneSurvey(Api.Hello hello, ControlPlaneChannels channels, Random random, TimeProvider time, Log log)
{
    /// <summary>How long one that has connected may take for its first word; a busy one with thousands of sidecars needs seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How long the start waits for those that do not answer.</summary>
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(2);

    /// <summary>Between two rounds: whoever mends the list, or the store, sees it taken up within this.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Asks all at once before the first is used, so that each sidecar begins where it is to be. The order of the list counts only as far as
    /// the first that answers says which store is ours.
    /// </summary>
    public async Task ChooseAsync(CancellationToken stop)
    {
        if (channels.Count == 1)
        {
            return;
        }

        using var limit = new CancellationTokenSource(FirstPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        var said = await Task.WhenAll(channels.Urls.Select(async url => (Url: url, Store: await StoreOfAsync(url, either.Token))));
        var ours = new List<Uri>();
        foreach (var (url, store) in said)
        {
            if (store is null)
            {
                log.Warn($"no answer from the control plane at {ControlPlaneChannels.Shown(url)} yet; it is asked again, and others are used meanwhile");
            }
            else if (Judge(url, store) is null)
            {
                ours.Add(url);
            }
        }

        channels.Choice.Choose(ours);
    }

    /// <summary>
    /// Moves the sidecar to the control plane that is its own when that is back: not at once, and not all sidecars together.
    /// </summary>
    public async Task ComeHomeAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(channels.Lease.Ttl * (1 + (4 * random.NextDouble())), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var best = channels.Choice.Best;
            if (stop.IsCancellationRequested || channels.Stores.Store is null || best == channels.Choice.Current)
            {
                continue;
            }

            using var limit = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
            if (await StoreOfAsync(best, either.Token) is { } store && Judge(best, store) is null)
            {
                channels.Choice.Suggest(best);
            }
        }
    }

    /// <summary>Asks all that are not known to be ours, over and over; what the client itself speaks to is.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            foreach (var url in channels.Urls)
            {
                // The order of the list counts: the first that answers the client decides.
                if (channels.Stores.Store is not null && channels.Stores.IsInDoubt(url))
                {
                    await AskAsync(url, stop);
                }
            }

            var pause = channels.Stores.Store is null ? TimeSpan.FromSeconds(1) : Pause * (0.5 + random.NextDouble());
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Judges what a control plane says of its store, and tells the log what is new.</summary>
    /// <returns>Why it is not to be used; null if it is.</returns>
    public string? Judge(Uri url, string storeId)
    {
        var ours = channels.Stores.Ours;
        var store = channels.Stores.Store;
        var admission = channels.Stores.Admit(url, storeId, out var isNews);
        switch (admission)
        {
            case Admission.Refused:
                var why = $"the control plane at {ControlPlaneChannels.Shown(url)} goes by another store ({storeId}) than the one at"
                    + $" {ControlPlaneChannels.Shown(ours!)} ({store}) and is not used: each would know a part of the mesh."
                    + " Several are for failover: let them share a --store, or name one";
                if (isNews)
                {
                    log.Error(why);
                    channels.BreakOff(channels.To(url), why);
                }

                return why;
            case Admission.Replaced:
                log.Info($"the control plane at {ControlPlaneChannels.Shown(url)} has another store than before ({storeId}, was {store}): it has begun anew, or was replaced");
                return null;
            default:
                return null;
        }
    }

    /// <summary>The first word on a stream; null if none comes in time.</summary>
    public async Task<bool?> FirstWordAsync(IAsyncStreamReader<Api.DiscoveryResponse> responses, CancellationToken end)
    {
        var first = responses.MoveNext(end);
        await ((Task)first).WaitAsync(Patience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return first.IsCompleted ? await first : null;
    }

    private async Task AskAsync(Uri url, CancellationToken stop)
    {
        if (await StoreOfAsync(url, stop) is { } store)
        {
            Judge(url, store);
        }
    }

    /// <returns>Null if it does not say.</returns>
    private async Task<string?> StoreOfAsync(Uri url, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var greeting = hello.Clone();
        (greeting.StoreId, greeting.Revision) = channels.Newest.Current;
        using var call = new Api.Discovery.DiscoveryClient(channels.To(url).Grpc).Connect(cancellationToken: end.Token);
        try
        {
            await call.RequestStream.WriteAsync(new Api.DiscoveryRequest { Hello = greeting }, end.Token);
            return await FirstWordAsync(call.ResponseStream, end.Token) is true
                && call.ResponseStream.Current.StoreId is { Length: > 0 } storeId
                ? storeId
                : null;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException or InvalidOperationException or IOException)
        {
            // It is asked again; the client says what is wrong with one that it needs.
            return null;
        }
        finally
        {
            await end.CancelAsync();
        }
    }
}
