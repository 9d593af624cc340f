using Mesh.V1;

namespace Mesh.Cli.Answers;

/// <summary>What sidecars have made of a resource's present version.</summary>
internal static class Receipts
{
    // Sidecars answer within milliseconds; those that do not are worth waiting for, and not worth asking for often.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    // Of one answer, which may have to wait for another control plane's.
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(10);

    /// <summary>As it is now.</summary>
    public static async Task<ListReceiptsResponse> ReadAsync(Config.ConfigClient configs, string service, string kind, CancellationToken cancellation) =>
        await configs.ListReceiptsAsync(
            new ListReceiptsRequest { Service = service, Kind = kind },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime + LongestAnswer,
            cancellationToken: cancellation);

    /// <summary>Waits until all that it concerns have applied it, or one has rejected it, or the time is up.</summary>
    public static async Task<ListReceiptsResponse> WaitAsync(
        Config.ConfigClient configs, string service, string kind, TimeSpan longest, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var receipts = await ReadAsync(configs, service, kind, cancellation);
            if (IsApplied(receipts) || IsRejected(receipts) || TimeProvider.System.GetElapsedTime(began) >= longest)
            {
                return receipts;
            }

            await Task.Delay(Pause, cancellation);
        }
    }

    private static bool IsRejected(ListReceiptsResponse receipts) =>
        receipts.Receipts.Any(receipt => receipt.Error.Length != 0) || receipts.Clients.Any(client => client.Error.Length != 0);

    /// <summary>Nobody is known not to have it.</summary>
    public static bool IsApplied(ListReceiptsResponse receipts) =>
        receipts.Applied == receipts.Concerned && receipts.Silent.Count == 0 && receipts.Clients.All(client => client.Applied);
}
