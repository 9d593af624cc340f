using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Mesh.ControlPlane.Store.Etcd.Rpc;

namespace Mesh.ControlPlane.Store.Etcd;

/// <summary>One member of the cluster and the connection to it, which is made when it is first needed. Any thread.</summary>
internal sealed class EtcdMember : IDisposable
{
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(1);

    private readonly GrpcChannel _channel;

    private EtcdMember(Uri address, int largestMessage, SocketsHttpHandler handler)
    {
        Address = address;
        _channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = largestMessage,
            MaxSendMessageSize = null,
            MaxReconnectBackoff = TimeSpan.FromSeconds(1),
            InitialReconnectBackoff = TimeSpan.FromMilliseconds(50),
            ServiceConfig = null,
            MaxRetryAttempts = 1,
        });
        Kv = new KV.KVClient(_channel);
        Watch = new Watch.WatchClient(_channel);
        Lease = new Lease.LeaseClient(_channel);
        Auth = new Auth.AuthClient(_channel);
    }

    public Uri Address { get; }

    public KV.KVClient Kv { get; }

    public Watch.WatchClient Watch { get; }

    public Lease.LeaseClient Lease { get; }

    public Auth.AuthClient Auth { get; }

    /// <exception cref="StoreException">A file of the options cannot be used.</exception>
    public static IReadOnlyList<EtcdMember> All(EtcdOptions options)
    {
        var tls = options.Members[0].Scheme == Uri.UriSchemeHttps ? Tls(options) : null;
        return [.. options.Members.Select(address => new EtcdMember(address, options.LargestMessage, new SocketsHttpHandler
        {
            ConnectTimeout = Connect,
            // A member that is stopped or cut off resets nothing.
            KeepAlivePingDelay = Ping,
            KeepAlivePingTimeout = Ping,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            SslOptions = tls ?? new SslClientAuthenticationOptions(),
        }))];
    }

    public void Dispose() => _channel.Dispose();

    private static SslClientAuthenticationOptions Tls(EtcdOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.CaFile is { } ca)
        {
            var roots = new X509Certificate2Collection();
            Read("--etcd-ca", ca, () => roots.ImportFromPemFile(ca));
            if (roots.Count == 0)
            {
                throw new StoreException(StoreFault.Unusable, $"--etcd-ca: {ca}: holds no certificate in PEM");
            }

            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(roots);
            tls.CertificateChainPolicy = policy;
        }

        if (options.CertFile is { } cert)
        {
            X509Certificate2 own = null!;
            Read("--etcd-cert", cert, () => own = X509Certificate2.CreateFromPemFile(cert, options.KeyFile));
            tls.ClientCertificates = [own];
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => own;
        }

        return tls;
    }

    private static void Read(string option, string path, Action read)
    {
        try
        {
            read();
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new StoreException(StoreFault.Unusable, $"{option}: {path}: {unusable.Message.ReplaceLineEndings(" ")}", unusable);
        }
    }
}
