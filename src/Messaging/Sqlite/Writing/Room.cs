using System.Text;
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

        var text = new StringBuilder($"the messages take {used} bytes on the disk, and may take {limits.MaxDiskBytes} (MaxDiskBytes)");
        if (backlogs.All.MaxBy(backlog => backlog.Now.Length) is { } longest && longest.Now.Length > 0)
        {
            text.Append($"; {longest.Name} holds most, {longest.Now.Length}, of which {longest.Now[Phase.Dead]} are dead letters: consume or purge");
        }
        else
        {
            text.Append(": shorten the retention");
        }

        return new Refusal(RefusalKind.ResourceExhausted, text.ToString());
    }
}
