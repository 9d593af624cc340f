namespace Mesh.Messaging.Events;

/// <summary>A piece of the log, its ends not in it.</summary>
internal readonly record struct ReadRange(long After, long Until, bool IsNewestFirst);
