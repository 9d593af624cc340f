using System.Text.RegularExpressions;

namespace Mesh.Architecture;

/// <summary>
/// Which folders of a project name types of which others, read from the sources: a file names a type if the type's
/// namespace is in its sight (its own, one above it, or one it uses) and the type's name stands in its code.
/// </summary>
internal static partial class FolderArrows
{
    /// <returns>Each arrow, as "From -> To" with paths below the project, "." for the project's own folder, and who draws it.</returns>
    public static SortedDictionary<(string From, string To), SortedSet<string>> Of(string project)
    {
        var root = Path.Combine(Repository.Root, "src", project);
        var files = Repository.Files(root, ".cs").Select(file => Source.Read(root, file)).ToList();
        var declared = files.SelectMany(file => file.Types.Select(type => (type, file))).ToLookup(pair => pair.type, pair => pair.file);
        var arrows = new SortedDictionary<(string, string), SortedSet<string>>();
        foreach (var file in files)
        {
            foreach (var (name, owner) in file.Names.SelectMany(name => declared[name].Select(owner => (name, owner))))
            {
                if (owner.Folder != file.Folder && file.Sees(owner.Namespace))
                {
                    var key = (file.Folder, owner.Folder);
                    if (!arrows.TryGetValue(key, out var drawn))
                    {
                        arrows.Add(key, drawn = new(StringComparer.Ordinal));
                    }

                    drawn.Add($"{file.Name} names {name}");
                }
            }
        }

        return arrows;
    }

    /// <summary>The folders of a project that hold sources, "." for its own.</summary>
    public static HashSet<string> Folders(string project)
    {
        var root = Path.Combine(Repository.Root, "src", project);
        return [.. Repository.Files(root, ".cs").Select(file => FolderOf(root, file))];
    }

    private static string FolderOf(string root, string file) => Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/');

    // Comments and texts, in which names stand that draw no arrow.
    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*|""""""+.*?""""""+|""(\\.|[^""\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^using (?:static )?(?:\w+ = )?([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    // At the beginning of a line: types within types belong to those around them.
    [GeneratedRegex(@"^(?:(?:public|internal|static|sealed|abstract|readonly|unsafe|partial|ref) )*(?:class|struct|interface|enum|record struct|record|delegate [^(]+?) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    // What follows a dot is a member.
    [GeneratedRegex(@"(?<!\.)\b[A-Z]\w*")]
    private static partial Regex Name();

    private sealed record Source(string Name, string Folder, string Namespace, HashSet<string> Used, HashSet<string> Types, HashSet<string> Names)
    {
        public static Source Read(string root, string path)
        {
            var code = NoCode().Replace(File.ReadAllText(path), " ");
            return new(
                Path.GetFileName(path),
                FolderOf(root, path),
                NamespaceLine().Match(code).Groups[1].Value,
                [.. UsingLine().Matches(code).Select(match => match.Groups[1].Value)],
                [.. TypeLine().Matches(code).Select(match => match.Groups[1].Value)],
                [.. FolderArrows.Name().Matches(code).Select(match => match.Value)]);
        }

        public bool Sees(string other) =>
            Namespace == other || Namespace.StartsWith(other + ".", StringComparison.Ordinal) || Used.Contains(other)
            // "using Answer = Mesh.Sidecar.Admin.Answer".
            || Used.Any(used => used.LastIndexOf('.') == other.Length && used.StartsWith(other, StringComparison.Ordinal));
    }
}
