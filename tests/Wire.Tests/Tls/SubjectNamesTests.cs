using Mesh.Wire.Tls;

namespace Mesh.Wire.Tests.Tls;

/// <summary>Whatever stands in a certificate's names, there is an answer, and only one id is one.</summary>
public sealed class SubjectNamesTests
{
    [Theory]
    [InlineData("301B86197370696666653A2F2F642F736572766963652F6F7264657273", "spiffe://d/service/orders")]
    [InlineData("", null)]
    [InlineData("30", null)]
    [InlineData("3000", null)]
    [InlineData("3080", null)]
    [InlineData("3084FFFFFFFF", null)]
    [InlineData("300286FF", null)]
    [InlineData("301B86197370696666653A2F2F642F736572766963652F6F726465727300", null)]
    public void Only_one_id_is_one(string names, string? id) => Assert.Equal(id, SubjectNames.Read(Convert.FromHexString(names), out _)?.Text);

    [Fact]
    public void Bytes_by_chance_are_answered()
    {
        var random = new Random(1);
        var bytes = new byte[64];
        for (var i = 0; i < 100_000; i++)
        {
            random.NextBytes(bytes);
            bytes[0] = 0x30;
            bytes[1] = (byte)random.Next(64);
            _ = SubjectNames.Read(bytes.AsSpan(0, random.Next(64)), out _);
        }
    }
}
