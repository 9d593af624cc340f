using Mesh.V1;

namespace Mesh.Cli.Answers;

/// <summary>Puts the parts together in which a watch sends a large snapshot. One for each watch; one caller at a time.</summary>
internal sealed class SnapshotAssembly
{
    private RegistrySnapshot? _parts;
    private AnswerLimit _limit = NewLimit();

    /// <summary>Takes a part; the whole snapshot if it was the last, otherwise null.</summary>
    /// <exception cref="CliException">There is no end to it.</exception>
    public RegistrySnapshot? Add(RegistrySnapshot part)
    {
        _limit.Add(part);
        if (_parts is null)
        {
            _parts = part.Clone();
        }
        else
        {
            _parts.Services.Add(part.Services);
            _parts.Instances.Add(part.Instances);
        }

        if (part.More)
        {
            return null;
        }

        var whole = _parts;
        whole.More = false;
        _parts = null;
        _limit = NewLimit();
        return whole;
    }

    private static AnswerLimit NewLimit() => new("instances");
}
