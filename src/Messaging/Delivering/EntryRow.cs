namespace Mesh.Messaging.Delivering;

/// <summary>An entry as it was read.</summary>
/// <param name="Entry">What the row says.</param>
/// <param name="IsDamaged">It is not what was written: only its number can be believed.</param>
internal readonly record struct EntryRow(Entry Entry, bool IsDamaged);
