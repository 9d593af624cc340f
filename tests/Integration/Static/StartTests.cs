using Mesh.Integration.Processes;

namespace Mesh.Integration.Static;

/// <summary>What asks a program to end while it has not begun.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"mesh-{Guid.NewGuid():N}.yaml");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("mesh-sidecar", "--static")]
    [InlineData("mesh-control-plane", "--config")]
    public async Task SIGTERM_ends_a_program_whose_file_does_not_answer(string program, string option)
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // elsewhere no file can be had that does not
        }

        using var file = new HeldFile(_path);
        await using var process = MeshProcess.Start(
            program, program == "mesh-sidecar" ? Executables.Sidecar : Executables.ControlPlane, [option, _path]);
        await Bound.UntilAsync(() => file.IsWaitedFor, () => "the file being opened");
        process.Terminate();
        Assert.Equal(0, await process.ExitCodeAsync());
        // Or the system has let it go on after a while.
        Assert.True(file.IsWaitedFor);
    }
}
