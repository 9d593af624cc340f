using Mesh.Messaging.Messages;
using Mesh.Messaging.Sqlite.Files;

namespace Mesh.Messaging.Sqlite.Tables;

/// <summary>Reads what events and bodies have in common.</summary>
internal static class ContentRow
{
    /// <summary>Of a row of sequence, type, source, at, content.</summary>
    public static StoredMessage Read(Statement row, NameTable names) =>
        StoredContent.Read(row.Int(0), row.Int(3), names.TextOf(row.Int(1)), names.TextOf(row.Int(2)), row.Bytes(4));
}
