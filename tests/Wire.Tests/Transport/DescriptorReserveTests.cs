using Mesh.Wire.Transport;

namespace Mesh.Wire.Tests.Transport;

public sealed class DescriptorReserveTests
{
    [Theory]
    [InlineData(20, 5)]
    [InlineData(64, 16)]
    [InlineData(256, 32)]
    [InlineData(1024, 128)]
    [InlineData(1_000_000, 128)]
    public void An_eighth_is_kept_back_within_bounds_and_never_more_than_a_quarter(long limit, int kept) =>
        Assert.Equal(kept, DescriptorReserve.Of(limit));

    [Fact]
    public void A_process_with_few_files_open_has_all_of_it()
    {
        using var file = File.OpenHandle(typeof(DescriptorReserveTests).Assembly.Location);
        Assert.False(DescriptorReserve.Process.Includes((int)file.DangerousGetHandle()));
        if (OperatingSystem.IsLinux())
        {
            Assert.True(DescriptorReserve.Process.IsWhole((int)file.DangerousGetHandle()));
        }
    }
}
