using System.Text;
using Mesh.Wire.Http2.Hpack;
using Mesh.Wire.Messages;
using Mesh.Wire.Streams;

namespace Mesh.Wire.Http1;

/// <summary>
/// Reads the heads of requests, one after the other (RFC 9112 sections 2 to 6). What it lets pass looks as one that came over HTTP/2, and
/// passes <see cref="MessageRules"/>, apart from a request of HTTP/1.0 without a host, which has no :authority, and from an upgrade.
/// </summary>
/// <param name="scratch">The loop's.</param>
/// <param name="limits">Of a head.</param>
internal sealed class RequestReader(ConnectionScratch scratch, Http1Limits limits) : HeadReader(scratch, limits)
{
    private const int AuthorityIndex = 2;

    /// <summary>What Host counts for without its value.</summary>
    private static readonly int HostOverhead = KnownHeaders.NameOf(KnownHeader.Host).Length + HeaderList.FieldOverhead;

    private bool _hasHost;
    private bool _isHostAuthority;

    protected override bool AllowsEmptyLines => true;

    protected override Http1Fault TooLongStart => Http1Fault.TargetTooLong;

    /// <summary>Reads on.</summary>
    /// <param name="bytes">What came: from the beginning of a head, or from where the last call has stopped.</param>
    /// <param name="into">Gets the head when it is done; its content before does not matter.</param>
    /// <param name="consumed">How many bytes belong to this head; all of them unless it is done. What follows is its body's, or the next head's.</param>
    /// <param name="facts">What the head says, when it is done.</param>
    public ReadResult Read(ReadOnlySpan<byte> bytes, HeaderList into, out int consumed, out MessageFacts facts)
    {
        var result = ReadHead(bytes, into, out consumed);
        facts = result == ReadResult.Done ? Facts : default;
        return result;
    }

    protected override Http1Fault? OnStart(ReadOnlySpan<byte> line, HeaderList list, ref FieldSection section)
    {
        _hasHost = false;
        if (RequestLine.Read(line, list, ref Facts) is { } fault)
        {
            return fault;
        }

        _isHostAuthority = !Facts.IsConnect && list.ValueAt(AuthorityIndex).IsEmpty;

        // Where Host becomes :authority it counts as that.
        section.Begin(list.Size - (_isHostAuthority ? HostOverhead : 0), list.Count - (_isHostAuthority ? 1 : 0));
        return null;
    }

    protected override Http1Fault? OnHost(ref FieldSection section, ReadOnlySpan<byte> value, HeaderList list)
    {
        if (_hasHost)
        {
            return Http1Fault.SeveralHosts;
        }

        _hasHost = true;
        if (!Authority.IsValid(value))
        {
            return Http1Fault.BadHost;
        }

        // Section 3.2.2: a target that names a host wins.
        if (_isHostAuthority)
        {
            list.SetValue(AuthorityIndex, value);
        }

        return null;
    }

    protected override Http1Fault? OnEnd(HeaderList list)
    {
        if (!_hasHost)
        {
            if (Facts.MinorVersion > 0)
            {
                return Http1Fault.NoHost;
            }

            if (_isHostAuthority)
            {
                list.RemoveAt(AuthorityIndex);
            }
        }

        if (SetFraming() is { } fault)
        {
            return fault;
        }

        // Section 6.1: who sends chunks in HTTP/1.0 may have meant something else by what follows.
        Facts.KeepsAlive = Facts.MinorVersion > 0
            ? !Fields.Options.Closes
            : Fields.Options.KeepsAlive && !Fields.Options.Closes && !Fields.Codings.AreGiven;
        Facts.Upgrades = Facts.MinorVersion > 0 && !Facts.IsConnect && Fields.Options.Upgrades && UpgradeTokens.AreWanted(list);
        Fields.TakeOff(list, Facts.Upgrades);
        OnExpect(list);
        return null;
    }

    /// <summary>Section 6.3.</summary>
    private Http1Fault? SetFraming()
    {
        if (Fields.Codings.AreGiven)
        {
            Facts.Framing = BodyFraming.Chunked;
            return Facts.IsConnect ? Http1Fault.ConnectWithBody
                : Fields.ContentLength >= 0 ? Http1Fault.LengthAndCoding
                : Fields.Codings.Check();
        }

        if (Fields.ContentLength >= 0)
        {
            (Facts.Framing, Facts.Length) = (BodyFraming.Length, Fields.ContentLength);
            return Facts.IsConnect && Facts.Length > 0 ? Http1Fault.ConnectWithBody : null;
        }

        return null;
    }

    /// <summary>RFC 9110 section 10.1.1: of HTTP/1.0 it is ignored, and would be misunderstood further on.</summary>
    private void OnExpect(HeaderList list)
    {
        if (!list.TryGet(KnownHeader.Expect, out var expect) || !Ascii.EqualsIgnoreCase(expect, "100-continue"u8))
        {
            return;
        }

        if (Facts.MinorVersion == 0)
        {
            list.RemoveAll(KnownHeader.Expect);
        }
        else
        {
            Facts.ExpectsContinue = Facts.HasBody;
        }
    }
}
