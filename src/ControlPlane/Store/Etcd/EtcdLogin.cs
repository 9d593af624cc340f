using Grpc.Core;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>
/// The token that calls show, if a user is given. One login for all that need it: each costs etcd a tenth of a second of
/// computing. Any thread.
/// </summary>
internal sealed class EtcdLogin(EtcdOptions options) : IDisposable
{
    // A password is computed with on purpose for long, and others may log in as well.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _one = new(1);
    private volatile string? _token;

    /// <summary>What calls show now; null if none is needed.</summary>
    /// <exception cref="RpcException">The login has failed.</exception>
    /// <exception cref="StoreException">The password cannot be read.</exception>
    public async ValueTask<string?> TokenAsync(EtcdMember member, CancellationToken cancellation)
    {
        if (options.User is null || _token is not null)
        {
            return _token;
        }

        await _one.WaitAsync(cancellation);
        try
        {
            if (_token is { } known)
            {
                return known;
            }

            var request = new AuthenticateRequest { Name = options.User, Password = await PasswordAsync(cancellation) };
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            bound.CancelAfter(Longest);
            var response = await member.Auth.AuthenticateAsync(request, new CallOptions(cancellationToken: bound.Token));
            return _token = response.Token;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>A token was refused; the next call logs in again, unless another has already.</summary>
    public void Refused(string? token)
    {
        if (_token == token)
        {
            _token = null;
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<string> PasswordAsync(CancellationToken cancellation)
    {
        if (options.PasswordFile is not { } path)
        {
            return "";
        }

        try
        {
            using var reader = new StreamReader(path);
            var buffer = new char[1024];
            var length = await reader.ReadBlockAsync(buffer, cancellation);
            return new string(buffer, 0, length).TrimEnd('\r', '\n');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFault.Unusable, $"--etcd-password-file: {path}: {unreadable.Message.ReplaceLineEndings(" ")}", unreadable);
        }
    }
}
