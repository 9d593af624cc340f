using Mesh.Hosting;
using Mesh.Resources;
using Mesh.Resources.Files;
using Mesh.V1;

namespace Mesh.Cli.Verbs;

/// <summary>What <c>--file</c> names: files, folders of them, the standard input. Blocks while it reads.</summary>
internal static class ResourceFiles
{
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];

    /// <summary>
    /// As <see cref="Read"/>, with a line for each thing that is said in vain. A read that does not end, of the standard input or a lost
    /// file server, is left behind when it is to end.
    /// </summary>
    /// <param name="names">What <c>--file</c> names.</param>
    /// <param name="warnings">Gets the lines; null if nobody wants them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task<IReadOnlyList<ConfigResource>> ReadAsync(
        IReadOnlyList<string> names, TextWriter? warnings, CancellationToken cancellation)
    {
        var reader = await Task.Run(() => Read(names), cancellation).WaitAsync(cancellation);
        foreach (var line in warnings is null ? [] : reader.Warnings)
        {
            warnings!.WriteLine($"warning: {line}");
        }

        return reader.Resources;
    }

    /// <summary>Reads and checks all of them here, where the lines are known; the control plane checks again.</summary>
    /// <exception cref="CliException">What is wrong, a line each.</exception>
    private static ConfigReader Read(IEnumerable<string> names)
    {
        var reader = new ConfigReader();
        foreach (var name in names)
        {
            var any = false;
            foreach (var file in FilesOf(name))
            {
                any |= reader.Read(TextOf(file), file == "-" ? "<stdin>" : file);
            }

            if (!any)
            {
                throw new CliException($"--file {name}: holds no resource");
            }
        }

        return reader.Faults.Count == 0 ? reader : throw new CliException(string.Join('\n', reader.Faults));
    }

    private static string[] FilesOf(string name)
    {
        if (name == "-" || !Directory.Exists(name))
        {
            return [name];
        }

        try
        {
            string[] files = [.. Directory.EnumerateFiles(name).Where(file => Extensions.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
            return files.Length > 0 ? files : throw new CliException($"--file {name}: holds no *.yaml, *.yml or *.json file");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"--file {name}: {error.Message}");
        }
    }

    private static string TextOf(string file)
    {
        string text, fault;
        if (file == "-")
        {
            using var input = Stdio.OpenInput();
            return ResourceFile.TryRead(input, "<stdin>", out text, out fault) ? text : throw new CliException(fault);
        }

        return ResourceFile.TryRead(file, out text, out fault) ? text : throw new CliException($"--file {fault}");
    }
}
