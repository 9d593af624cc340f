namespace Mesh.Messaging.Results;

/// <summary>Why an engine does not do what it was asked for; nothing of it has been done.</summary>
/// <param name="Kind">For programs.</param>
/// <param name="Message">For people: one line that names the thing, the limit and the way out.</param>
public sealed record Refusal(RefusalKind Kind, string Message);
