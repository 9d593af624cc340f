using System.Text;

namespace Mesh.Sidecar.Terms;

/// <summary>The names of enumerations' values as metrics, logs and pages have them: "circuit_open" for CircuitOpen.</summary>
internal static class Words
{
    public static string Of<T>(T value)
        where T : struct, Enum => Table<T>.All[value];

    private static string Snake(string name)
    {
        var text = new StringBuilder(name.Length + 4);
        foreach (var c in name)
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    private static class Table<T>
        where T : struct, Enum
    {
        public static readonly Dictionary<T, string> All = Enum.GetValues<T>().Distinct().ToDictionary(v => v, v => Snake(v.ToString()));
    }
}
