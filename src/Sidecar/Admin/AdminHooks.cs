namespace Mesh.Sidecar.Admin;

/// <summary>What the pages ask the process to do or to tell. Called on any thread.</summary>
/// <param name="ReadyAsync">Whether calls are taken; the reasons, a line each, if not, "ready" if they are.</param>
/// <param name="DrainAsync">Starts to drain; completes when that is done. May be called more than once.</param>
internal sealed record AdminHooks(Func<Task<(bool IsReady, string Reason)>> ReadyAsync, Func<Task> DrainAsync);
