namespace Mesh.Integration.Telemetry;

/// <summary>A static file that is gone after the test.</summary>
internal sealed class StaticFile : IDisposable
{
    private StaticFile(string path) => Path = path;

    public string Path { get; }

    public static StaticFile Of(string yaml)
    {
        var file = new StaticFile(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml"));
        File.WriteAllText(file.Path, yaml);
        return file;
    }

    /// <summary>With one service, "echo", at HOST:PORT. On a loaded machine a server may need long to say its first word.</summary>
    public static StaticFile Echo(string address, string config = "{timeouts: {connect: 30s}}") =>
        Of($"services:\n- name: echo\n  endpoints:\n  - address: {address}\n    id: echo-7\n  config: {config}\n");

    public void Dispose() => File.Delete(Path);
}
