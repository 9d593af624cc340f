using System.Text;
using Mesh.Policy.Calls;
using Mesh.Policy.Routing;

namespace Mesh.Policy.Authorization;

/// <summary>
/// A condition on a header. One that comes twice must not be judged by the one field and read by the other: a rule that allows
/// wants it of each, and to one that denies any will do. Immutable.
/// </summary>
internal sealed class CompiledHeader(HeaderMatchOptions match, bool denies)
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(match.Name);
    private readonly byte[] _value = Encoding.UTF8.GetBytes(match.Exact ?? match.Prefix ?? "");
    private readonly bool _whole = match.Exact is not null;
    private readonly bool _invert = match.Invert;

    public bool Matches(CallFacts call)
    {
        var (any, all) = (false, true);
        for (var i = 0; call.TryGetHeader(_name, i, out var value); i++)
        {
            // Presence is the empty prefix.
            var matches = _whole ? value.SequenceEqual(_value) : value.StartsWith(_value);
            (any, all) = (any | matches, all & matches);
        }

        var isEach = any && all;
        return denies == _invert ? isEach != _invert : any != _invert;
    }
}
