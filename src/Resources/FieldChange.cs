namespace Mesh.Resources;

/// <summary>A field that two messages do not have alike.</summary>
/// <param name="Path">"config.retry.max_attempts", "config.routes[canary].match.prefix".</param>
/// <param name="Before">Its value as text; null: it was not given.</param>
/// <param name="After">Its value as text; null: it is not given any more.</param>
public sealed record FieldChange(string Path, string? Before, string? After);
