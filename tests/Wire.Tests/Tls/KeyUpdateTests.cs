using Mesh.Wire.Tls;
using Mesh.Wire.Tls.OpenSsl;

namespace Mesh.Wire.Tests.Tls;

/// <summary>New keys in the midst of a connection (RFC 8446 section 4.6.3): answered, and bounded, since each costs.</summary>
public sealed class KeyUpdateTests
{
    [OpenSslFact]
    public void New_keys_are_taken_and_answered()
    {
        var pair = new TlsPair().Connect();
        for (var i = 0; i < 20; i++)
        {
            UpdateKeys(pair, requested: true);
            pair.Say(pair.Client, "after"u8);
            pair.Say(pair.Server!, "back"u8);
        }

        Assert.Equal(20 * "after".Length, pair.ServerApp.Bytes.Count);
        Assert.Equal(20 * "back".Length, pair.ClientApp.Bytes.Count);
        Assert.Empty(pair.ServerApp.Events);
    }

    [OpenSslFact]
    public void A_flood_of_them_ends_the_connection()
    {
        var pair = new TlsPair().Connect();
        for (var i = 0; i < 100 && !pair.Server!.IsClosed; i++)
        {
            UpdateKeys(pair, requested: false);
            pair.Say(pair.Client, "x"u8);
        }

        Assert.InRange(pair.ServerApp.Bytes.Count, 30, 35);
        Assert.Equal(["Reset"], pair.ServerApp.Events);
        Assert.Equal(1, pair.ServerCounters.Floods);
    }

    [OpenSslFact]
    public void One_now_and_then_does_not()
    {
        var pair = new TlsPair().Connect();
        for (var i = 0; i < 200; i++)
        {
            UpdateKeys(pair, requested: false);
            pair.Say(pair.Client, "x"u8);
            pair.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(200, pair.ServerApp.Bytes.Count);
    }

    private static void UpdateKeys(TlsPair pair, bool requested) => ((OpenSslSession)pair.Client.Session).UpdateKeys(requested);
}
