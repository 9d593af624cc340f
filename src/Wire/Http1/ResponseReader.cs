using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>Reads the heads of responses, interim ones as well, one after the other (RFC 9112 sections 4 to 6).</summary>
/// <param name="scratch">The loop's.</param>
/// <param name="limits">Of a head.</param>
internal sealed class ResponseReader(ConnectionScratch scratch, Http1Limits limits) : HeadReader(scratch, limits)
{
    private ResponseTo _request;

    protected override bool AllowsEmptyLines => false;

    protected override Http1Fault TooLongStart => Http1Fault.HeadTooLarge;

    /// <summary>Reads on.</summary>
    /// <param name="bytes">What came: from the beginning of a head, or from where the last call has stopped.</param>
    /// <param name="request">What was asked; the same for all heads that answer one request.</param>
    /// <param name="into">Gets the head when it is done; its content before does not matter.</param>
    /// <param name="consumed">How many bytes belong to this head; all of them unless it is done.</param>
    /// <param name="facts">What the head says, when it is done. After an interim one another is to be read.</param>
    public ReadResult Read(ReadOnlySpan<byte> bytes, ResponseTo request, HeaderList into, out int consumed, out MessageFacts facts)
    {
        _request = request;
        var result = ReadHead(bytes, into, out consumed);
        facts = result == ReadResult.Done ? Facts : default;
        return result;
    }

    protected override Http1Fault? OnStart(ReadOnlySpan<byte> line, HeaderList list, ref FieldSection section)
    {
        var fault = StatusLine.Read(line, list, ref Facts);
        section.Begin(list.Size, list.Count);
        return fault;
    }

    /// <summary>In a response it is a field as any other.</summary>
    protected override Http1Fault? OnHost(ref FieldSection section, ReadOnlySpan<byte> value, HeaderList list)
    {
        section.Keep(list, value);
        return null;
    }

    protected override Http1Fault? OnEnd(HeaderList list)
    {
        Facts.IsHead = _request.IsHead;
        Facts.IsConnect = _request.IsConnect;
        if (Facts.Status == 101 && !IsWantedUpgrade(list))
        {
            return Http1Fault.UnaskedUpgrade;
        }

        if (SetFraming(list) is { } fault)
        {
            return fault;
        }

        Facts.Upgrades = Facts.Status == 101;
        Fields.TakeOff(list, Facts.Upgrades);
        return null;
    }

    /// <summary>RFC 9110 sections 7.8 and 15.2.2: it was asked for, and says to what.</summary>
    private bool IsWantedUpgrade(HeaderList list) =>
        _request.Upgrades && Fields.Options.Upgrades && Facts.MinorVersion > 0 && UpgradeTokens.AreWanted(list);

    /// <summary>RFC 9112 section 6.3, in its order.</summary>
    private Http1Fault? SetFraming(HeaderList list)
    {
        Facts.KeepAliveSeconds = Fields.KeepAliveSeconds;
        Facts.KeepsAlive = !Fields.Options.Closes && (Facts.MinorVersion > 0 || (Fields.Options.KeepsAlive && !Fields.Codings.AreGiven));
        if (Facts.Status < 200 || Facts.Status == 204 || Facts.BeginsTunnel)
        {
            // These say nothing of a length (RFC 9110 section 8.6). One that does may send what it says.
            Facts.KeepsAlive &= Fields.ContentLength <= 0 && !Fields.Codings.AreGiven && !Facts.BeginsTunnel;
            list.RemoveAll(KnownHeader.ContentLength);
            return null;
        }

        if (Fields.Codings.AreGiven && (Fields.ContentLength >= 0 ? Http1Fault.LengthAndCoding : Fields.Codings.Check()) is { } fault)
        {
            return fault;
        }

        if (Facts.IsHead || Facts.Status == 304)
        {
            return null;
        }

        if (Fields.Codings.AreGiven)
        {
            Facts.Framing = BodyFraming.Chunked;
        }
        else if (Fields.ContentLength >= 0)
        {
            (Facts.Framing, Facts.Length) = (BodyFraming.Length, Fields.ContentLength);
        }
        else
        {
            Facts.Framing = BodyFraming.UntilClose;
            Facts.KeepsAlive = false;
        }

        return null;
    }
}
