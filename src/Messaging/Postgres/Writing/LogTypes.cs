using Mesh.Messaging.Results;

namespace Mesh.Messaging.Postgres.Writing;

/// <summary>Types of events that are new to the log, and how many more there may be.</summary>
internal sealed class LogTypes(IEnumerable<string> newOnes, long count, int max)
{
    private readonly HashSet<string> _new = [.. newOnes];
    private readonly HashSet<string> _taken = [];

    /// <returns>Null if events of a type may be added.</returns>
    public Refusal? WhyNot(string type)
    {
        if (!_new.Contains(type) || _taken.Contains(type))
        {
            return null;
        }

        if (count + _taken.Count >= max)
        {
            return Refusals.TooManyNames(type, max, "types of events");
        }

        _taken.Add(type);
        return null;
    }
}
