using System.Collections.Immutable;
using Google.Protobuf;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>What the store holds of trust: the authority, tokens, and who has which certificates. Any thread may read it.</summary>
internal sealed class TrustState : IJournalReader
{
    private volatile Stored<AuthorityRecord>? _authority;
    private volatile ImmutableSortedDictionary<string, Stored<TokenRecord>> _tokens = ImmutableSortedDictionary.Create<string, Stored<TokenRecord>>(StringComparer.Ordinal);
    private volatile ImmutableSortedDictionary<string, Stored<CertificatesRecord>> _certificates = ImmutableSortedDictionary.Create<string, Stored<CertificatesRecord>>(StringComparer.Ordinal);

    /// <summary>Null until there is one.</summary>
    public Stored<AuthorityRecord>? Authority => _authority;

    /// <summary>By key.</summary>
    public ImmutableSortedDictionary<string, Stored<TokenRecord>> Tokens => _tokens;

    /// <summary>By key.</summary>
    public ImmutableSortedDictionary<string, Stored<CertificatesRecord>> Certificates => _certificates;

    /// <summary>Called after each change of <see cref="Authority"/>: it only takes a note.</summary>
    public Action Changed { get; set; } = static () => { };

    public void Load(StoreSnapshot snapshot)
    {
        foreach (var entry in snapshot.Entries)
        {
            Take(entry.Key, entry.Value, entry.Revision);
        }
    }

    public void Remember(IReadOnlyList<StoreRevision> revisions)
    {
    }

    public void Apply(IReadOnlyList<StoreRevision> revisions)
    {
        var before = _authority;
        foreach (var revision in revisions)
        {
            foreach (var change in revision.Changes)
            {
                Take(change.Key, change.Value, revision.Revision);
            }
        }

        if (_authority != before)
        {
            Changed();
        }
    }

    private void Take(string key, byte[]? value, long revision)
    {
        if (key == TrustKeys.Authority)
        {
            _authority = value is null ? null : new Stored<AuthorityRecord>(AuthorityRecord.Parser.ParseFrom(value), revision);
        }
        else if (key.StartsWith(TrustKeys.Tokens, StringComparison.Ordinal))
        {
            _tokens = With(_tokens, TokenRecord.Parser, key, value, revision);
        }
        else if (key.StartsWith(TrustKeys.Certificates, StringComparison.Ordinal))
        {
            _certificates = With(_certificates, CertificatesRecord.Parser, key, value, revision);
        }
    }

    private static ImmutableSortedDictionary<string, Stored<T>> With<T>(
        ImmutableSortedDictionary<string, Stored<T>> before, MessageParser<T> parser, string key, byte[]? value, long revision)
        where T : IMessage<T> =>
        value is null ? before.Remove(key) : before.SetItem(key, new Stored<T>(parser.ParseFrom(value), revision));
}
