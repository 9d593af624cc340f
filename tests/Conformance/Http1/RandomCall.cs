using System.Globalization;
using Mesh.Conformance.Peer;
using Mesh.Wire.Http2.Hpack;

namespace Mesh.Conformance.Http1;

/// <summary>What one call of a random pair is to be, and what has become of it at both ends.</summary>
internal sealed class RandomCall
{
    private const int Most = 200_000;

    public RandomCall(Random random, int number)
    {
        Number = number;
        Method = random.Next(5) switch { 0 => "HEAD", < 3 => "GET", _ => "POST" };
        Status = random.Next(6) switch { 0 => "204", 1 => "304", 2 => "413", _ => "200" };
        RequestLength = Method == "POST" ? LengthOf(random) : 0;
        ResponseLength = LengthOf(random);
        RequestHasLength = random.Next(2) == 0;
        ResponseHasLength = random.Next(2) == 0;
        HasTrailers = random.Next(3) == 0;
        IsEarly = random.Next(3) == 0;
        Interims = random.Next(4) == 0 ? random.Next(4) : 0;
        IsDisturbed = random.Next(12) == 0;
    }

    public int Number { get; }

    public string Method { get; }

    public string Status { get; }

    public int RequestLength { get; }

    public int ResponseLength { get; }

    public bool RequestHasLength { get; }

    public bool ResponseHasLength { get; }

    /// <summary>Of what goes in chunks.</summary>
    public bool HasTrailers { get; }

    /// <summary>The answer may begin before the request has ended.</summary>
    public bool IsEarly { get; }

    public int Interims { get; }

    /// <summary>One of the two gives it up amid it.</summary>
    public bool IsDisturbed { get; }

    public bool HasAnswerBody => Method != "HEAD" && Status is not ("204" or "304");

    /// <summary>How often a request of it was seen; never more than once.</summary>
    public int Arrivals { get; set; }

    public HeaderList Request => ScriptedPeer.List(
        $":method: {Method}", ":scheme: http", ":authority: a", string.Create(CultureInfo.InvariantCulture, $":path: /{Number}"), Length(RequestHasLength && RequestLength > 0, RequestLength));

    public HeaderList Response => ScriptedPeer.List($":status: {Status}", Length(ResponseHasLength, ResponseLength));

    public override string ToString() => $"{Number} {Method} {Status}{(IsEarly ? " early" : "")}{(IsDisturbed ? " disturbed" : "")}";

    /// <summary>The byte at a place of the one or the other body.</summary>
    public byte At(bool response, int offset) => (byte)((Number * 7) + (response ? 3 : 0) + (offset * 13) + (offset >> 8));

    private static string Length(bool has, int length) => has ? string.Create(CultureInfo.InvariantCulture, $"content-length: {length}") : "x-none: 1";

    private static int LengthOf(Random random) => random.Next(6) switch { 0 => 0, 1 => random.Next(Most), _ => random.Next(3000) };
}
