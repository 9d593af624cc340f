using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>Puts the parts together in which a watch sends a large snapshot. One for each watch; one caller at a time.</summary>
internal sealed class SnapshotAssembly
{
    private RegistrySnapshot? _parts;

    /// <summary>Takes a part; the whole snapshot if it was the last, otherwise null.</summary>
    public RegistrySnapshot? Add(RegistrySnapshot part)
    {
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
        return whole;
    }
}
