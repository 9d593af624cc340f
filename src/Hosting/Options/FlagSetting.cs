using System.CommandLine;

namespace Mesh.Hosting;

/// <summary>On if it is there; a value of true or false may be given all the same, as its variable needs one.</summary>
internal sealed class FlagSetting(string name, string variable, Symbol symbol)
    : Setting<bool>(name, variable)
{
    internal override Symbol Symbol => symbol;

    internal override string? Read(string source, IReadOnlyList<string>? texts, bool fromVariable, OptionValues into)
    {
        if (texts is not null)
        {
            into.MarkGiven(this);
        }

        switch (texts)
        {
            case null or ["false"]:
                into.Set(this, false);
                return null;
            case [] or ["true"]:
                into.Set(this, true);
                return null;
            case [var text]:
                return $"{source}: '{text}' is not true or false";
            default:
                return $"{source}: is given more than once";
        }
    }
}
