using Mesh.ControlPlane.Config;

namespace Mesh.ControlPlane.Tests.Config;

public sealed class ConfigFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_of_many_documents_is_read()
    {
        var file = Write("all.yaml", """
            service: orders
            config:
              retry: { max_attempts: 4, backoff_base: 50ms }
            ---
            service: users
            """);
        Assert.True(ConfigFiles.TryRead(file, out var resources, out _));
        Assert.Equal(["orders", "users"], resources.Select(resource => resource.Service));
        Assert.Equal(4u, resources[0].Config.Retry.MaxAttempts);
    }

    [Fact]
    public void A_folders_yaml_files_are_read_in_the_order_of_their_names()
    {
        Write("b.yml", "service: b");
        Write("a.yaml", "service: a");
        Write("readme.md", "not yaml: [");
        Assert.True(ConfigFiles.TryRead(_folder, out var resources, out _));
        Assert.Equal(["a", "b"], resources.Select(resource => resource.Service));
    }

    [Fact]
    public void Every_fault_of_every_file_is_told_with_its_file()
    {
        var a = Write("a.yaml", "service: a\nconfg: {}\n");
        var b = Write("b.yaml", "service: b\nconfig: { retry: { max_attempts: 11 } }\n");
        var c = Write("c.yaml", "service: b\n");
        Assert.False(ConfigFiles.TryRead(_folder, out _, out var faults));
        Assert.Equal(3, faults.Count);
        Assert.StartsWith($"{a}:2:", faults[0], StringComparison.Ordinal);
        Assert.StartsWith($"{b}:2:34: config.retry.max_attempts: 11", faults[1], StringComparison.Ordinal);
        Assert.Equal($"{c}:1:10: service: 'b' is configured at {b}:1:10 too; keep one of them", faults[2]);
    }

    [Fact]
    public void A_path_that_leads_nowhere_and_an_empty_folder_are_faults()
    {
        Assert.False(ConfigFiles.TryRead(Path.Combine(_folder, "nothing"), out _, out var nowhere));
        Assert.Contains("is neither a file nor a folder", Assert.Single(nowhere), StringComparison.Ordinal);
        Assert.False(ConfigFiles.TryRead(_folder, out _, out var empty));
        Assert.Contains("holds no *.yaml", Assert.Single(empty), StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
