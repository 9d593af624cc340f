using System.Globalization;
using Mesh.Resources.Files;
using Mesh.Sidecar.Options;
using Mesh.Wire.Tls;

namespace Mesh.Sidecar.Identity;

/// <summary>
/// An identity in files, which somebody else renews: read at the start, and again when one of them changes. What is not right changes
/// nothing. <see cref="WatchAsync"/> runs once.
/// </summary>
/// <remarks>As with a static file, the files are read and compared; three that are renewed one after the other count once they fit together.</remarks>
/// <param name="files">Where they are.</param>
/// <param name="credentials">Told of each identity that is in order.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told of what was read, and of what was not.</param>
internal sealed class IdentityFiles(TlsFiles files, TlsCredentials credentials, TimeProvider time, Log log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private Texts? _inForce;
    private Texts? _seen;

    /// <param name="fault">One line, with the option and the file.</param>
    public bool TryLoad(out string fault)
    {
        if (!TryRead(out var texts, out fault) || !TryApply(texts, out fault))
        {
            return false;
        }

        log.Info($"mutual TLS as {Describe()}, by {TlsLibrary.Name}");
        if (TlsLibrary.WhyManaged is { } why)
        {
            log.Warn($"TLS costs more than it need: {why}, and so {TlsLibrary.Name} does it");
        }

        return true;
    }

    /// <summary>Follows the files until told to stop.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            Look();
        }
    }

    private void Look()
    {
        if (!TryRead(out var texts, out var fault))
        {
            texts = new Texts(fault, "", ""); // that they cannot be read, and why, is a state like another
        }

        var isSettled = texts == _seen;
        _seen = texts;
        if (!isSettled || texts == _inForce)
        {
            return;
        }

        _inForce = texts;
        if (fault.Length == 0 && TryApply(texts, out fault))
        {
            log.Info($"the files of the identity were read again: {Describe()}");
            return;
        }

        log.Warn($"{fault}; the identity that was read before holds");
    }

    private bool TryRead(out Texts texts, out string fault)
    {
        texts = new Texts("", "", "");
        if (!ResourceFile.TryRead(files.Certificate, out var certificate, out fault))
        {
            fault = $"--tls-cert: {fault}";
        }
        else if (!ResourceFile.TryRead(files.Key, out var key, out fault))
        {
            fault = $"--tls-key: {fault}";
        }
        else if (!ResourceFile.TryRead(files.Anchors, out var anchors, out fault))
        {
            fault = $"--tls-ca: {fault}";
        }
        else
        {
            texts = new Texts(certificate, key, anchors);
        }

        return fault.Length == 0;
    }

    private bool TryApply(Texts texts, out string fault)
    {
        _inForce = _seen = texts;
        try
        {
            var identity = TlsIdentity.FromPem(texts.Certificate, texts.Key, texts.Anchors);
            if (identity.NotAfter < time.GetUtcNow())
            {
                fault = $"--tls-cert: {files.Certificate}: it was valid until {Format(identity.NotAfter)}; renew it";
                return false;
            }

            if (credentials.Current?.Identity.Id is { } before && before != identity.Id)
            {
                fault = $"--tls-cert: {files.Certificate}: it is {identity.Id}, and this sidecar is {before}; who becomes somebody else starts anew";
                return false;
            }

            credentials.Current = TlsContext.Create(identity);
            fault = "";
            return true;
        }
        catch (TlsIdentityException e)
        {
            fault = $"{PlaceOf(e.Part)}: {e.Message}";
            return false;
        }
    }

    private string PlaceOf(TlsIdentityPart part) => part switch
    {
        TlsIdentityPart.Certificate => $"--tls-cert: {files.Certificate}",
        TlsIdentityPart.Key => $"--tls-key: {files.Key}",
        _ => $"--tls-ca: {files.Anchors}",
    };

    private string Describe()
    {
        var identity = credentials.Current!.Identity;
        return $"{identity.Id}, until {Format(identity.NotAfter)}";
    }

    private static string Format(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record Texts(string Certificate, string Key, string Anchors);
}
