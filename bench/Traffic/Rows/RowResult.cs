using Mesh.Bench.Load.Reporting;
using Mesh.Bench.Traffic.Reporting;

namespace Mesh.Bench.Traffic.Rows;

/// <summary>What came of a row.</summary>
/// <param name="Table">The figures.</param>
/// <param name="Verdicts">Those among them that have an aim.</param>
internal sealed record RowResult(Table Table, IReadOnlyList<Verdict> Verdicts);
