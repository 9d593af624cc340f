using Mesh.Policy.RateLimiting;

namespace Mesh.Sidecar.Discovery.Services;

/// <summary>A limit of which the sidecar has a part, since it holds for others as well.</summary>
/// <param name="Kind">Of the resource that says it.</param>
/// <param name="Service">Whose it is.</param>
/// <param name="Route">Its route; empty for the whole service's.</param>
/// <param name="Index">Which of that place's limits.</param>
/// <param name="Limiter">Lets calls on.</param>
internal sealed record SharedLimiter(string Kind, string Service, string Route, int Index, RateLimiter Limiter);
