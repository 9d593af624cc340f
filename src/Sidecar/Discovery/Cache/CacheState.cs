namespace Mesh.Sidecar.Discovery.Cache;

/// <summary>How the cache stands, for people. Immutable.</summary>
/// <param name="InUseSince">When the snapshot was written that calls go by; null if they do not go by one from disk.</param>
/// <param name="Written">When one was last written; null if none was.</param>
/// <param name="Failures">How often that has failed.</param>
/// <param name="LastError">Why it failed the last time; null if it did not.</param>
internal sealed record CacheState(DateTimeOffset? InUseSince, DateTimeOffset? Written, long Failures, string? LastError);
