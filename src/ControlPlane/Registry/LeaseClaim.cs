namespace Mesh.ControlPlane.Registry;

/// <summary>Whose an instance's lease is when somebody registers under its id. Pure.</summary>
internal static class LeaseClaim
{
    /// <param name="isHeld">A stream holds it, and it has not run out.</param>
    /// <param name="holder">The incarnation of the process that has it; empty if it named none.</param>
    /// <param name="claimant">Of the one that registers.</param>
    /// <param name="takeOver">It wants the lease even from another process that is alive.</param>
    public static Verdict Decide(bool isHeld, string holder, string claimant, bool takeOver)
    {
        // The same process on a new connection; its old one may look alive for a while.
        if (holder == claimant && holder.Length != 0)
        {
            return Verdict.Own;
        }

        // Whoever held it is gone.
        if (!isHeld)
        {
            return Verdict.Free;
        }

        // Sidecars of earlier versions do not say who they are: as it was then, the newer one has it.
        if (holder.Length == 0 || claimant.Length == 0)
        {
            return Verdict.Own;
        }

        return takeOver ? Verdict.TakenOver : Verdict.Refused;
    }

    internal enum Verdict
    {
        /// <summary>Nobody holds it.</summary>
        Free,

        /// <summary>It is the claimant's already, as far as anybody can tell.</summary>
        Own,

        /// <summary>It was another process's, and is the claimant's now.</summary>
        TakenOver,

        /// <summary>It stays another process's.</summary>
        Refused,
    }
}
