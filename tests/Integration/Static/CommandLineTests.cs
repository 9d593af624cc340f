using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>A sidecar that cannot run says why in one line and ends with code 2.</summary>
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--outbound", "--static any.yaml --outbound nonsense")]
    [InlineData("--nonsense", "--static any.yaml --nonsense 1")]
    [InlineData("--drain-grace", "--static any.yaml --drain-grace soon")]
    [InlineData("--static", "--static any.yaml --control-plane http://127.0.0.1:1")]
    [InlineData("--app", "--static any.yaml --app 127.0.0.1:1")]
    [InlineData("--control-plane", "--service echo")]
    public async Task A_bad_option_is_named(string option, string commandLine)
    {
        Assert.StartsWith($"mesh-sidecar: {option}: ", await RefusalAsync(commandLine.Split(' ')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services:\n- name: echo\n  endpoint: []\n", ":3:3: ", "endpoint")]
    [InlineData("services:\n- name: echo\n  config: {retry: {max_attempts: many}}\n", ":3:", "services[0].config.retry.max_attempts")]
    [InlineData("services:\n- name: echo\n  config: {retry: {max_attempts: 11}}\n", ":3:34: ", "services[0].config.retry.max_attempts")]
    [InlineData("services:\n- name: echo\n  endpoints: [{address: nowhere}]\n", ":3:25: ", "services[0].endpoints[0].address")]
    [InlineData("services: [\n", ":", "yaml")]
    public async Task A_fault_in_the_static_file_is_told_with_its_place(string text, string place, string what)
    {
        var file = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, text);
        try
        {
            var line = await RefusalAsync("--static", file);
            Assert.StartsWith($"mesh-sidecar: --static: {file}{place}", line, StringComparison.Ordinal);
            Assert.Contains(what, line, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_static_file_that_is_not_there_is_named()
    {
        Assert.Contains("/no/such/file.yaml", await RefusalAsync("--static", "/no/such/file.yaml"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_ends_it_well()
    {
        await using var sidecar = await Sidecar.StartStaticAsync("services: []");
        sidecar.Process.Terminate();
        Assert.Equal(0, await sidecar.Process.ExitCodeAsync());
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        await using var first = await Sidecar.StartStaticAsync("services: []");
        var failure = await Assert.ThrowsAsync<ProcessFailedException>(
            () => Sidecar.StartStaticAsync("services: []", "--outbound", first.Outbound));
        Assert.Contains($"outbound {first.Outbound}", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The one line that a sidecar prints which must not start.</summary>
    private static async Task<string> RefusalAsync(params string[] arguments)
    {
        await using var process = MeshProcess.Start("mesh-sidecar", Executables.Sidecar, arguments);
        Assert.Equal(2, await process.ExitCodeAsync());
        Assert.Empty(process.Output);
        return Assert.Single(process.Errors);
    }
}
