namespace Mesh.Policy.Balancing;

/// <summary>
/// Groups of endpoints of which the first takes the calls for as long as it can bear them, then the next. Immutable, any thread,
/// allocates nothing per call.
/// </summary>
/// <param name="groups">The preferred one first; at least one.</param>
public sealed class Priorities(IReadOnlyList<EndpointSet> groups)
{
    private readonly EndpointSet[] _groups = [.. groups];

    /// <summary>
    /// The index of the group that takes a call: the first with enough available endpoints, else the first that has any available,
    /// else the first that has any.
    /// </summary>
    public int Choose()
    {
        var best = 0;
        for (var i = 0; i < _groups.Length; i++)
        {
            var standing = _groups[i].Standing;
            if (standing == GroupStanding.Well)
            {
                return i;
            }

            best = standing > _groups[best].Standing ? i : best;
        }

        return best;
    }
}
