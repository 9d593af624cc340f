using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Mesh.ControlPlane.Store;
using Mesh.V1;

namespace Mesh.ControlPlane.Trust;

/// <summary>Tokens by which sidecars join. Their secrets are not kept, only what they are checked by. Any thread.</summary>
internal sealed class JoinTokens(TrustState state, Journal journal, TimeProvider time)
{
    /// <summary>That are valid at a time.</summary>
    public const int Most = 10_000;

    private const string Start = "mesh-join.";
    private const int SecretLength = 32;

    // Of those that have expired, with each that is made: more would be a large batch.
    private const int MostForgotten = 20;

    /// <summary>Makes one.</summary>
    /// <returns>What is handed out, and what is kept; null if there are too many.</returns>
    public async Task<(string Text, JoinToken Kept)?> CreateAsync(string service, int uses, TimeSpan ttl, string author)
    {
        var now = time.GetUtcNow();
        var tokens = state.Tokens;
        if (tokens.Count >= Most && tokens.Values.Count(token => IsValid(token.Value, now)) >= Most)
        {
            return null;
        }

        var secret = RandomNumberGenerator.GetBytes(SecretLength);
        var token = new JoinToken
        {
            Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)),
            Service = service,
            UsesLeft = uses,
            Created = now.ToTimestamp(),
            Expires = (now + ttl).ToTimestamp(),
            Author = author,
        };
        var record = new TokenRecord { Token = token, Hash = ByteString.CopyFrom(SHA256.HashData(secret)) };
        StoreChange[] forgotten = [.. tokens.Where(one => !IsValid(one.Value.Value, now)).Take(MostForgotten).Select(one => new StoreChange(one.Key, null))];
        await journal.AppendAsync(Batch.Of([], [new StoreChange(TrustKeys.Token(token.Id), record.ToByteArray()), .. forgotten]));
        return ($"{Start}{token.Id}.{Base64Url.EncodeToString(secret)}", token);
    }

    /// <summary>In the order of their ids.</summary>
    public IEnumerable<JoinToken> Valid()
    {
        var now = time.GetUtcNow();
        return state.Tokens.Values.Where(token => IsValid(token.Value, now)).Select(token => token.Value.Token);
    }

    /// <returns>False if there is none.</returns>
    public async Task<bool> RevokeAsync(string id)
    {
        while (state.Tokens.TryGetValue(TrustKeys.Token(id), out var stored))
        {
            var key = TrustKeys.Token(id);
            if ((await journal.AppendAsync(Batch.Of([new Precondition(key, stored.Revision)], [new StoreChange(key, null)]))).IsApplied)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Looks at a token that was shown.</summary>
    /// <param name="text">As it came.</param>
    /// <param name="service">Who wants to join with it.</param>
    /// <param name="token">As it is stored, for its use to be counted.</param>
    /// <param name="why">Why it is none, for the log: whoever shows it is not told.</param>
    public bool TryFind(string text, string service, [NotNullWhen(true)] out Stored<TokenRecord>? token, out string why)
    {
        token = null;
        if (!text.StartsWith(Start, StringComparison.Ordinal) || text[Start.Length..].Split('.') is not [var id, var secret] || !Base64Url.IsValid(secret))
        {
            why = "it is no token";
            return false;
        }

        if (!state.Tokens.TryGetValue(TrustKeys.Token(id), out var found)
            || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Base64Url.DecodeFromChars(secret)), found.Value.Hash.Span))
        {
            why = "there is no such token";
            return false;
        }

        var of = found.Value.Token;
        why = time.GetUtcNow() >= of.Expires.ToDateTimeOffset() ? $"token {id} has expired"
            : of.UsesLeft <= 0 ? $"token {id} is used up"
            : of.Service != service ? $"token {id} is for service '{of.Service}'"
            : "";
        token = why.Length == 0 ? found : null;
        return token is not null;
    }

    /// <summary>The change that counts one use.</summary>
    public static StoreChange Used(Stored<TokenRecord> token)
    {
        var record = token.Value.Clone();
        record.Token.UsesLeft--;
        return new StoreChange(TrustKeys.Token(record.Token.Id), record.ToByteArray());
    }

    private static bool IsValid(TokenRecord record, DateTimeOffset now) => record.Token.UsesLeft > 0 && now < record.Token.Expires.ToDateTimeOffset();
}
