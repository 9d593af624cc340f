using Mesh.Conformance.Peer;
using Mesh.Wire.Transport;
using Mesh.Wire.Transport.Memory;

namespace Mesh.Sidecar.Tests.Flow.Rig;

/// <summary>The far end of one of the sidecar's connections, which a test plays frame by frame.</summary>
internal class WireEnd(MemoryLoop loop, MemoryChannel channel, bool isServer)
{
    private readonly FrameParser _parser = new(expectPreface: isServer);

    public MemoryChannel Channel { get; } = channel;

    /// <summary>The sidecar has closed it, or will write no more.</summary>
    public bool IsClosed => Channel.IsClosed || Channel.IsShutdown;

    /// <summary>Bytes of data received, by stream.</summary>
    public Dictionary<int, long> DataBytes => _parser.DataBytes;

    /// <summary>The payload of the last frame with data.</summary>
    public byte[] LastData => _parser.LastData;

    /// <summary>Says this, in one read of the sidecar's.</summary>
    public void Send(params byte[][] frames)
    {
        Channel.Receive([.. frames.SelectMany(frame => frame)]);
        loop.Turn();
    }

    /// <summary>The connection is gone without a word.</summary>
    public void Cut(ChannelEnd end = ChannelEnd.Reset)
    {
        Channel.End(end);
        loop.Turn();
    }

    /// <summary>What the sidecar has said since, a line a frame, without the windows' and the settings'.</summary>
    public List<string> Take() =>
    [
        .. _parser.Parse(Channel.TakeWritten()).Where(line =>
            !line.StartsWith("WINDOW_UPDATE", StringComparison.Ordinal) && !line.StartsWith("SETTINGS", StringComparison.Ordinal)),
    ];

    /// <summary>The sidecar has said exactly this since; * stands for anything.</summary>
    public void Reads(params string[] expected)
    {
        var actual = Take();
        if (expected.Length != actual.Count || !expected.Zip(actual).All(pair => Matches(pair.First, pair.Second)))
        {
            Assert.Fail($"Expected:\n  {string.Join("\n  ", expected)}\nActual:\n  {string.Join("\n  ", actual)}");
        }
    }

    private static bool Matches(string pattern, string line)
    {
        var regex = "^" + string.Join(".*", pattern.Split('*').Select(System.Text.RegularExpressions.Regex.Escape)) + "$";
        return System.Text.RegularExpressions.Regex.IsMatch(line, regex, System.Text.RegularExpressions.RegexOptions.Singleline);
    }
}
