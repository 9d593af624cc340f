using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>Identities and anchors of trust, for people.</summary>
internal static class TrustTables
{
    /// <summary>Of an id: enough to tell anchors apart.</summary>
    private const int ShortId = 16;

    public static void Write(TextWriter output, ListCertificatesResponse all)
    {
        if (all.Identities.Count == 0)
        {
            output.WriteLine("nobody has a certificate");
            return;
        }

        TextTable.Write(output, ["IDENTITY", "INSTANCE", "VALID UNTIL", "STATE", "ANCHOR", "SERIAL"], all.Identities.Select(held => (string[])
        [
            held.Id, held.InstanceId, Time(held.NotAfter), held.Denied ? "denied" : "valid", Short(held.Anchor), held.Serial,
        ]));
    }

    public static void Write(TextWriter output, TrustStatus status)
    {
        output.WriteLine(PrintableText.Of($"trust domain {status.TrustDomain}: {status.Identities} sidecars have an identity; rotation: {PhaseOf(status.Phase)}"));
        output.WriteLine();
        TextTable.Write(output, ["ANCHOR", "VALID UNTIL", "ISSUER UNTIL", "ISSUES", "FROM"], status.Anchors.Select(anchor => (string[])
        [
            Short(anchor.Id), Time(anchor.NotAfter), Time(anchor.IssuerNotAfter), anchor.Issues ? "yes" : "no", anchor.Given ? "--ca-cert" : "the mesh",
        ]));
        if (status.Waiting > 0)
        {
            output.WriteLine();
            output.WriteLine($"the next step waits for {status.Waiting} of {status.Identities} sidecars:");
            TextTable.Write(output, ["SIDECAR", "STATE"], status.WaitedFor.Select(one => (string[])[one.Sidecar, one.Why]));
        }
        else if (status.Phase != RotationPhase.Unspecified && status.Silent.Count == 0)
        {
            output.WriteLine();
            output.WriteLine("every sidecar is as far: 'meshctl trust rotate' takes the next step");
        }

        foreach (var silent in status.Silent)
        {
            output.WriteLine(PrintableText.Of($"the control plane {silent.Address} could not be asked: {silent.Why}"));
        }
    }

    public static string Time(Timestamp? time) => time?.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "-";

    private static string PhaseOf(RotationPhase phase) => phase switch
    {
        RotationPhase.Unspecified => "none",
        RotationPhase.Preparing => "step 1 of 3, sidecars learn to believe the new anchor",
        RotationPhase.Moving => "step 2 of 3, sidecars get certificates of the anchor that issues now",
        RotationPhase.Leaving => "step 3 of 3, sidecars forget the old anchor",
        _ => "unknown",
    };

    private static string Short(string id) => id.Length <= ShortId ? id : id[..ShortId];
}
