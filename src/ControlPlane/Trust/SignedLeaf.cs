using Google.Protobuf;

namespace Mesh.ControlPlane.Trust;

/// <summary>A certificate of a sidecar.</summary>
/// <param name="Plan">What it says.</param>
/// <param name="Anchor">The id of the anchor that it leads to.</param>
/// <param name="Chain">In DER, then those that lead to the anchor.</param>
internal sealed record SignedLeaf(LeafPlan Plan, string Anchor, IReadOnlyList<ByteString> Chain);
