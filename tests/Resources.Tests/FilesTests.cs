using System.Diagnostics;
using System.Text;
using Mesh.Resources.Files;

namespace Mesh.Resources.Tests;

public sealed class FilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-files-").FullName;

    [Fact]
    public void A_file_in_UTF_8_is_read_with_or_without_its_mark()
    {
        Assert.Equal("a: é😀\n", Read("a: é😀\n"u8).Text);
        Assert.Equal("a: 1", Read([.. Encoding.UTF8.Preamble, .. "a: 1"u8]).Text);
        Assert.Equal("", Read([]).Text);
    }

    [Theory]
    [InlineData("a: \"caf\u00e9\"", ":1:8: the byte 0xE9 is no UTF-8 here; save the file as UTF-8")]
    [InlineData("a: 1\nb: \u00ff", ":2:4: the byte 0xFF is no UTF-8 here; save the file as UTF-8")]
    [InlineData("a: \u00e2\u0082", ":1:4: the byte 0xE2 is no UTF-8 here; save the file as UTF-8")]
    [InlineData("\u00ff\u00fea\u0000", ":1:1: this is UTF-16; save the file as UTF-8")]
    public void Bytes_that_are_no_UTF_8_are_refused_with_their_place(string latin, string fault) =>
        Assert.EndsWith(fault, Read(Encoding.Latin1.GetBytes(latin)).Fault, StringComparison.Ordinal);

    [Fact]
    public void The_column_of_a_bad_byte_counts_characters_not_bytes() =>
        Assert.EndsWith(":1:5: the byte 0xFF is no UTF-8 here; save the file as UTF-8", Read([.. "é: é"u8, 0xFF]).Fault, StringComparison.Ordinal);

    [Fact]
    public void What_just_fits_is_read_and_a_byte_more_is_refused()
    {
        Assert.Equal(ResourceFile.MaxBytes, Read(new byte[ResourceFile.MaxBytes]).Text.Length);
        Assert.Contains("more than the 4 MiB", Read(new byte[ResourceFile.MaxBytes + 1]).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void No_more_than_the_limit_and_a_byte_is_read_of_what_never_ends()
    {
        var endless = new EndlessStream();
        Assert.False(ResourceFile.TryRead(endless, "<stdin>", out _, out var fault));
        Assert.StartsWith("<stdin>: holds more than", fault, StringComparison.Ordinal);
        Assert.Equal(ResourceFile.MaxBytes + 1, endless.Given);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/dev/random")]
    public void A_device_is_no_file(string device) => Assert.Equal(
        $"{device}: is no regular file but a pipe, a socket or a device; write what it holds into a file", Fault(device));

    [Fact]
    public void A_pipe_that_nobody_writes_into_is_refused_at_once()
    {
        var pipe = Path.Combine(_folder, "pipe");
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        Assert.Contains("is no regular file", Fault(pipe), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_and_what_is_not_there_are_named()
    {
        Assert.Equal($"{_folder}: is a folder; name a file in it", Fault(_folder));
        Assert.StartsWith($"{_folder}/none: cannot be read: ", Fault(Path.Combine(_folder, "none")), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Fault(""), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Fault("a\0b"), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Fault(string path) =>
        ResourceFile.TryRead(path, out _, out var fault) ? throw new InvalidOperationException($"{path} was read") : fault;

    private (string Text, string Fault) Read(ReadOnlySpan<byte> bytes)
    {
        var file = Path.Combine(_folder, "mesh.yaml");
        File.WriteAllBytes(file, bytes);
        Assert.Equal(ResourceFile.TryRead(file, out var text, out var fault), fault.Length == 0);
        Assert.DoesNotContain('\n', fault);
        return (text, fault);
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long Given { get; private set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Given += count;
            return count;
        }
    }
}
