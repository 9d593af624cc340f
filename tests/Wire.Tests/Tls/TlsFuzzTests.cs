using System.Globalization;
using CsCheck;
using Mesh.Wire.Buffers;
using Mesh.Wire.Tls;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Wire.Tests.Tls;

/// <summary>
/// Somebody on the way changes what two ends of TLS say to each other, from the first byte on. Whatever he does, nothing throws, each
/// hears what the other has said or nothing more, and nothing is left behind. A short run; MESH_FUZZ_SECONDS makes it as long as wanted.
/// </summary>
public sealed class TlsFuzzTests
{
    private const int ShortRun = 300;
    private const int MostRounds = 40;

    private static readonly int Seconds =
        int.TryParse(Environment.GetEnvironmentVariable("MESH_FUZZ_SECONDS"), CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    [OpenSslFact]
    public void Whoever_changes_what_is_said_is_found_out()
    {
        if (Seconds > 0)
        {
            Gen.Int.Sample(Run, time: Seconds, threads: 1);
        }
        else
        {
            Gen.Int.Sample(Run, iter: ShortRun, threads: 1);
        }
    }

    private static void Run(int chance)
    {
        var random = new Random(chance);
        var pair = new TlsPair(isJoined: false);
        ((IChannelHandler)pair.Client).OnConnected();
        var said = new byte[random.Next(40_000)];
        random.NextBytes(said);
        var output = new ByteQueue(pair.Loop.Segments);
        output.Append(said);
        var changes = random.Next(4);
        for (var round = 0; round < MostRounds; round++)
        {
            pair.Run();
            Carry(pair.ClientEnd, pair.ServerEnd, random, ref changes);
            Carry(pair.ServerEnd, pair.ClientEnd, random, ref changes);
            if (pair.ClientApp.Events is ["connected"] && output.Length > 0)
            {
                pair.Client.Write(output);
            }

            if (random.Next(20) == 0)
            {
                pair.Pass(TimeSpan.FromSeconds(random.Next(3)));
            }
        }

        Assert.True(said.AsSpan().StartsWith(pair.ServerApp.Bytes.ToArray()));
        Assert.Empty(pair.ClientApp.Bytes);
        pair.ClientEnd.End(ChannelEnd.Reset);
        pair.ServerEnd.End(ChannelEnd.Reset);
        pair.Pass(TimeSpan.FromSeconds(11));
        output.Clear();
        Assert.True(pair.Client.IsClosed);
        Assert.Equal(1, HandshakeCounters.All.Sum(result => pair.ServerCounters[result]) + (pair.Server is null && !BeganTls(pair) ? 1 : 0));
        Assert.Equal(0, pair.Gate.UnderWay);
        Assert.Equal(0, pair.Loop.Segments.InUse);
    }

    /// <summary>What was changed may be no TLS at all any more.</summary>
    private static bool BeganTls(TlsPair pair) => HandshakeCounters.All.Any(result => pair.ServerCounters[result] > 0);

    private static void Carry(MemoryChannel from, MemoryChannel to, Random random, ref int changes)
    {
        List<byte> bytes = [.. from.TakeWritten()];
        if (changes > 0 && bytes.Count > 0 && random.Next(3) == 0)
        {
            changes--;
            Change(bytes, random);
        }

        for (var at = 0; at < bytes.Count && !to.IsClosed;)
        {
            var n = Math.Min(bytes.Count - at, 1 + random.Next(random.Next(4) == 0 ? 10 : 20_000));
            to.Receive(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes).Slice(at, n));
            at += n;
        }
    }

    private static void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + random.Next(50)));
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 100)));
                break;
            case 3:
                bytes.InsertRange(0, [.. bytes]);
                break;
            case 4:
                bytes.InsertRange(0, new byte[] { (byte)random.Next(20, 25), 3, (byte)random.Next(5), (byte)random.Next(80), (byte)random.Next(256) });
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
