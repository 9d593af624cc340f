using Mesh.Messaging.Delivering;
using Mesh.Messaging.Results;
using Mesh.Messaging.Sqlite.Files;
using Mesh.Messaging.Sqlite.State;

namespace Mesh.Messaging.Sqlite.Writing;

/// <summary>How large the file may become: beyond that what grows it is refused, with who holds the room.</summary>
internal sealed class Room(Database database, BacklogStates backlogs, MessagingLimits limits)
{
    private const int PageBytes = 4096;

    /// <summary>Null if there is room for more.</summary>
    public Refusal? WhyNot()
    {
        var used = (database.ReadNumber("PRAGMA page_count") - database.ReadNumber("PRAGMA freelist_count")) * PageBytes;
        if (used < limits.MaxDiskBytes)
        {
            return null;
        }

        var longest = backlogs.All.MaxBy(backlog => backlog.Now.Length);
        return Refusals.NoRoom(used, limits.MaxDiskBytes, longest?.Name, longest?.Now.Length ?? 0, longest?.Now[Phase.Dead] ?? 0);
    }
}
