using System.Globalization;
using Mesh.V1;

namespace Mesh.Cli.Output;

/// <summary>Who has applied a version: in a line, and those who have not in a table.</summary>
internal static class ReceiptTables
{
    public static void Write(TextWriter output, string subject, ListReceiptsResponse receipts)
    {
        output.WriteLine(PrintableText.Of($"{subject}: version {receipts.Version}: {Summary(receipts)}"));
        if (receipts.Receipts.Count != 0)
        {
            output.WriteLine();
            TextTable.Write(output, ["SIDECAR", "HAS", "STATE", "CONTROL PLANE"], receipts.Receipts.Select(receipt => (string[])
            [
                receipt.Sidecar,
                receipt.Applied == 0 ? "-" : receipt.Applied.ToString(CultureInfo.InvariantCulture),
                receipt.Error.Length == 0 ? "has not answered yet" : $"rejected: {receipt.Error}",
                receipt.ControlPlane.Length == 0 ? "-" : receipt.ControlPlane,
            ]));
            var more = (int)receipts.Concerned - (int)receipts.Applied - receipts.Receipts.Count;
            if (more > 0)
            {
                output.WriteLine($"and {more} more");
            }
        }

        if (receipts.Clients.Count != 0)
        {
            output.WriteLine();
            TextTable.Write(output, ["CLIENT WITHOUT A SIDECAR", "IS", "STATE", "CONTROL PLANE"], receipts.Clients.Select(client => (string[])
            [
                client.Client,
                client.Agent.Length == 0 ? "-" : client.Agent,
                client.Applied ? "applied" : client.Error.Length == 0 ? "has not answered yet" : $"rejected: {client.Error}",
                client.ControlPlane.Length == 0 ? "-" : client.ControlPlane,
            ]));
        }

        foreach (var silent in receipts.Silent)
        {
            output.WriteLine(PrintableText.Of($"the control plane {silent.Address} could not be asked: {silent.Why}"));
        }
    }

    private static string Summary(ListReceiptsResponse receipts) => receipts.Concerned == 0
        ? "no sidecar that it concerns is connected"
        : $"{receipts.Applied} of {receipts.Concerned} sidecars that it concerns have applied it";
}
