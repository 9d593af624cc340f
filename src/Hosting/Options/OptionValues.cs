using System.Diagnostics.CodeAnalysis;

namespace Mesh.Hosting;

/// <summary>
/// What the command line and the environment said, by setting. Filled once by <see cref="OptionSet.TryRead(string[], out OptionValues, out int)"/>,
/// read-only from then on: any thread.
/// </summary>
public sealed class OptionValues
{
    private readonly Dictionary<Setting, object?> _values = [];
    private readonly HashSet<Setting> _given = [];

    internal OptionValues()
    {
    }

    /// <summary>The value given, or the default.</summary>
    /// <exception cref="InvalidOperationException">Neither is there: the setting is one to <see cref="TryGet"/>.</exception>
    public T Get<T>(Setting<T> setting) =>
        TryGet(setting, out var value) ? value : throw new InvalidOperationException($"{setting.Name} has no value");

    /// <summary>The value given, or the default; false if there is neither.</summary>
    public bool TryGet<T>(Setting<T> setting, [MaybeNullWhen(false)] out T value)
    {
        if (_values.TryGetValue(setting, out var found))
        {
            value = (T)found!;
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Whether an argument or a variable said so, rather than the default.</summary>
    public bool IsGiven(Setting setting) => _given.Contains(setting);

    internal void Set<T>(Setting<T> setting, T value) => _values[setting] = value;

    internal void MarkGiven(Setting setting) => _given.Add(setting);
}
