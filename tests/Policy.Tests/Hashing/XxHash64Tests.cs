using System.Text;
using Mesh.Policy.Hashing;

namespace Mesh.Policy.Tests.Hashing;

public class XxHash64Tests
{
    /// <summary>Values as xxhsum(1) prints them, for each way through the algorithm.</summary>
    [Theory]
    [InlineData("", "EF46DB3751D8E999")]
    [InlineData("a", "D24EC4F1A98C6E5B")]
    [InlineData("abc", "44BC2CF5AD770999")]
    [InlineData("Nobody inspects the spammish repetition", "FBCEA83C8A378BF1")]
    public void It_is_the_algorithm_that_others_have(string text, string hash) =>
        Assert.Equal(hash, XxHash64.Hash(Encoding.ASCII.GetBytes(text)).ToString("X16", null));

    [Fact]
    public void A_bit_of_the_key_or_the_seed_changes_half_of_the_bits()
    {
        var random = new Random(1);
        var key = new byte[100];
        for (var length = 1; length < key.Length; length++)
        {
            random.NextBytes(key);
            var before = XxHash64.Hash(key.AsSpan(0, length));
            var seeded = XxHash64.Hash(key.AsSpan(0, length), 1);
            key[random.Next(length)] ^= (byte)(1 << random.Next(8));
            var after = XxHash64.Hash(key.AsSpan(0, length));
            Assert.InRange(System.Numerics.BitOperations.PopCount(before ^ after), 12, 52);
            Assert.NotEqual(before, seeded);
        }
    }
}
