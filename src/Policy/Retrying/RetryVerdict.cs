namespace Mesh.Policy.Retrying;

/// <summary>Whether an attempt is followed by another.</summary>
public enum RetryVerdict
{
    /// <summary>The outcome is the call's.</summary>
    No,

    /// <summary>At once.</summary>
    Now,

    /// <summary>After a pause.</summary>
    After,
}
